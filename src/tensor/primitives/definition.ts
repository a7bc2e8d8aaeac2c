/** @file What defines a primitive: its result's shape and type, and its plain f64 meaning. */
import { shapeText, type Shape } from '../shape.ts';
import type { AttributesOf, DType, PrimitiveName, TensorSpec } from '../tensor.ts';

/** A value in the interpreter: f64 elements whatever the type; booleans are 0/1. */
export interface PlainValue {
  readonly data: Float64Array;
  readonly shape: Shape;
}

export interface Primitive<K extends PrimitiveName> {
  /** Shape and type of the result. @throws TraceError naming the operation and the shapes. */
  infer(inputs: readonly TensorSpec[], attributes: AttributesOf<K>): TensorSpec;
  /** The elements of the result, computed plainly. */
  evaluate(inputs: readonly PlainValue[], attributes: AttributesOf<K>, out: TensorSpec): Float64Array;
}

/** An operation was given tensors that do not fit. */
export class TraceError extends Error {
  override readonly name = 'TraceError';
}

/** `conv2d([1,3,8,8] float32, [4,3,3,3] float32): …` */
export function misfit(op: string, inputs: readonly TensorSpec[], why: string): TraceError {
  const given = inputs.map((i) => `${shapeText(i.shape)} ${i.dtype}`).join(', ');
  return new TraceError(`${op}(${given}): ${why}`);
}

/** @throws TraceError unless every input has the type. */
export function requireType(op: string, inputs: readonly TensorSpec[], dtype: DType): void {
  const at = inputs.findIndex((i) => i.dtype !== dtype);
  if (at >= 0) throw misfit(op, inputs, `argument ${at + 1} must be ${dtype}`);
}
