/** @file Making nodes: applies a primitive, with its shape rule checked on the spot. */
import { TraceError, type Primitive } from './primitives/definition.ts';
import { primitives, type FunctionName } from './primitives/table.ts';
import { shapeText, sizeOf, type Shape } from './shape.ts';
import {
  createTensor,
  type AttributesOf,
  type ConstantData,
  type DType,
  type Tensor,
  type TensorSpec,
} from './tensor.ts';

/** A new node of the program being traced. @throws TraceError where types or shapes do not fit. */
export function apply<K extends FunctionName>(
  op: K,
  inputs: readonly Tensor[],
  attributes: AttributesOf<K>,
): Tensor<K> {
  const primitive: Primitive<K> = primitives[op];
  return createTensor(op, inputs, attributes, primitive.infer(inputs, attributes));
}

/** A program's argument. */
export function input(name: string, spec: TensorSpec): Tensor<'input'> {
  return createTensor('input', [], { name }, spec);
}

const typeOfData = (data: ConstantData): DType => {
  if (data instanceof Int32Array) return 'int32';
  return data instanceof Uint8Array ? 'bool' : 'float32';
};

/**
 * A value fixed at trace time. Typed arrays are not copied and must not change afterwards.
 * Int32Array gives int32, Uint8Array bool, anything else float32.
 */
export function constant(
  value: number | readonly number[] | ConstantData,
  shape?: Shape,
): Tensor<'constant'> {
  const data =
    typeof value === 'number'
      ? Float64Array.of(value)
      : Array.isArray(value)
        ? Float64Array.from(value)
        : (value as ConstantData);
  const spec = { shape: shape ?? (typeof value === 'number' ? [] : [data.length]), dtype: typeOfData(data) };
  if (sizeOf(spec.shape) !== data.length)
    throw new TraceError(`constant: ${data.length} elements do not fill the shape ${shapeText(spec.shape)}`);
  return createTensor('constant', [], { data }, spec);
}
