/** @file What a name in an ONNX graph stands for while it is imported: fixed numbers, or a layer's result. */
import { constant, interpret, type Shape, type Tensor } from '../../tensor/index.ts';
import { tensorFloat32, tensorNumbers } from '../../formats/onnx/tensor.ts';
import type { OnnxTensor } from '../../formats/onnx/model.ts';

/** Numbers known at import: weights, and the shapes and indices that exporters compute. */
export interface ConstantValue {
  readonly kind: 'constant';
  readonly shape: Shape;
  /** f32 where the model holds them so: weights are not copied. */
  readonly data: Float32Array | Float64Array;
  /** Division truncates. */
  readonly integer: boolean;
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

export const constantOf = (data: ArrayLike<number>, shape: Shape, integer = false): ConstantValue => ({
  kind: 'constant',
  shape,
  data: Float64Array.from(data),
  integer,
});

export function constantOfTensor(tensor: OnnxTensor): ConstantValue {
  const integer = !tensor.dtype.startsWith('float');
  const data = tensor.dtype === 'float32' ? tensorFloat32(tensor) : tensorNumbers(tensor);
  return { kind: 'constant', shape: tensor.dims, data, integer };
}

/** A list of whole numbers, as shapes and axes are given. */
export const integers = (values: readonly number[]): ConstantValue =>
  constantOf(values, [values.length], true);

/** Computes with constants in the traced language, in f64. */
export function fold(f: (...inputs: Tensor[]) => Tensor, ...inputs: ConstantValue[]): ConstantValue {
  const output = f(...inputs.map((c) => constant(c.data, c.shape)));
  const [data] = interpret({ inputs: [], outputs: [output], outputNames: ['folded'] }, []);
  return { kind: 'constant', shape: output.shape, data: data, integer: inputs.every((c) => c.integer) };
}

/** The shape that layers give a value of this ONNX shape: a leading axis of length 1 counts as the batch axis. */
export function defaultLayout(shape: Shape): Shape {
  if (shape.length === 0) return [1];
  return shape.length > 1 && shape[0] === 1 ? shape.slice(1) : shape;
}
