/** @file Tensor: a node of a traced program; nodes are immutable and know their inputs. */
import type { AttributesOf, PrimitiveName } from './primitives/attributes.ts';
import type { Shape } from './shape.ts';

/** Element types of the language. Floats run as f32 in the engine and as f64 in the interpreter. */
export type DType = 'float32' | 'int32' | 'bool';

/** Shape and element type of a program's input. */
export interface TensorSpec {
  readonly shape: Shape;
  readonly dtype: DType;
}

/** One value of a traced program: the primitive that makes it, and from what. */
export interface Tensor<K extends PrimitiveName = PrimitiveName> extends TensorSpec {
  readonly op: K;
  readonly inputs: readonly Tensor[];
  readonly attributes: AttributesOf<K>;
  /** Order of creation: inputs always have smaller numbers. */
  readonly id: number;
}

let created = 0;

/** A new node; shapes are the caller's business (see `apply` in apply.ts). */
export function createTensor<K extends PrimitiveName>(
  op: K,
  inputs: readonly Tensor[],
  attributes: AttributesOf<K>,
  spec: TensorSpec,
): Tensor<K> {
  return { op, inputs, attributes, shape: spec.shape, dtype: spec.dtype, id: created++ };
}

export function isTensor(value: unknown): value is Tensor {
  return typeof value === 'object' && value !== null && 'op' in value && 'inputs' in value && 'id' in value;
}

/** Narrows a node to one primitive, so that its attributes are typed. */
export function isOp<K extends PrimitiveName>(tensor: Tensor, op: K): tensor is Tensor<K> {
  return tensor.op === op;
}

/** Shape and type of a program input: `float32([32,10])`. */
export function float32(shape: Shape): TensorSpec {
  return { shape, dtype: 'float32' };
}

export function int32(shape: Shape): TensorSpec {
  return { shape, dtype: 'int32' };
}
