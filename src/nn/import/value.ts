/** @file What a name in an ONNX graph stands for while it is imported: fixed numbers, or a layer's result. */
import type { Shape } from '../../tensor/index.ts';
import { tensorFloat32, tensorNumbers } from '../../formats/onnx/tensor.ts';
import type { OnnxDtype, OnnxTensor } from '../../formats/onnx/model.ts';

/** Numbers known at import: weights, and the shapes and indices that exporters compute. */
export interface ConstantValue {
  readonly kind: 'constant';
  readonly shape: Shape;
  /**
   * The numbers, each one of `dtype`'s; truth values are 0 and 1. f32 where the model holds them so: weights are not
   * copied. Whole numbers beyond ±2^53 are rounded: no operation computes with them.
   */
  readonly data: Float32Array | Float64Array;
  /** The type in which the model computes with them. */
  readonly dtype: OnnxDtype;
}

/** The result of a layer, or the network's input. */
export interface LayerValue {
  readonly kind: 'layer';
  /** Name of the layer, or `input`. */
  readonly layer: string;
  /** As ONNX sees it, with the batch axis, of length 1, where it has one. */
  readonly shape: Shape;
  /** As the layer makes it, without batch axis: the same elements in the same order. */
  readonly layout: Shape;
}

export type Value = ConstantValue | LayerValue;

/** @param dtype default f64: numbers that no model holds, but layers are made of */
export const constantOf = (
  data: ArrayLike<number>,
  shape: Shape,
  dtype: OnnxDtype = 'float64',
): ConstantValue => ({
  kind: 'constant',
  shape,
  data: dtype === 'float32' ? Float32Array.from(data) : Float64Array.from(data),
  dtype,
});

export function constantOfTensor(tensor: OnnxTensor): ConstantValue {
  const { dtype, dims } = tensor;
  const data = dtype === 'float32' ? tensorFloat32(tensor) : tensorNumbers(tensor);
  return { kind: 'constant', shape: dims, data, dtype };
}

/** A list of whole numbers, as shapes and axes are given. */
export const integers = (values: readonly number[]): ConstantValue =>
  constantOf(values, [values.length], 'int64');

/** The shape that layers give a value of this ONNX shape: a leading axis of length 1 counts as the batch axis. */
export function defaultLayout(shape: Shape): Shape {
  if (shape.length === 0) return [1];
  return shape.length > 1 && shape[0] === 1 ? shape.slice(1) : shape;
}
