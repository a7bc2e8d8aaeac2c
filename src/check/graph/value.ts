/** @file A tensor within a model: constant numbers, or the numbers of elements; both are laid out by the same index maps. */
import type { Constant } from '../files/model.ts';
import { CheckFailure } from '../failure.ts';

/** Exactly one of `constant` and `elements` is there, of the shape's size in C order. */
export interface Value {
  readonly shape: readonly number[];
  readonly type: Constant['type'];
  readonly constant?: Float64Array;
  readonly elements?: Int32Array;
}

/** More numbers in one tensor than this are not laid out. */
const largest = 1 << 22;

/** @throws CheckFailure where there are more */
export function limited(size: number): number {
  if (!(size <= largest)) throw new CheckFailure('too-large', `A tensor of ${size} numbers.`);
  return size;
}

export const sizeOf = (shape: readonly number[]): number => shape.reduce((size, n) => size * n, 1);

/** Distance of neighbours along each axis. */
export const stridesOf = (shape: readonly number[]): number[] =>
  shape.map((_, axis) => sizeOf(shape.slice(axis + 1)));

/** The same numbers in another order: output i is number source[i] of the value. */
export function picked(value: Value, shape: readonly number[], source: ArrayLike<number>): Value {
  const pick = <T extends Float64Array | Int32Array>(from: T, to: T): T => {
    for (let i = 0; i < to.length; i++) to[i] = from[source[i]];
    return to;
  };
  return value.constant
    ? { shape, type: value.type, constant: pick(value.constant, new Float64Array(source.length)) }
    : { shape, type: value.type, elements: pick(value.elements!, new Int32Array(source.length)) };
}

/** The same numbers in the same order, with another shape. */
export const reshaped = (value: Value, shape: readonly number[]): Value => ({ ...value, shape });

/** Index map of a tensor of `shape`: output at `place` is number Σ at(axis, place[axis]); at < 0 gives −1. */
export function indexMap(shape: readonly number[], at: (axis: number, i: number) => number): Int32Array {
  limited(sizeOf(shape));
  let map: number[] = [0];
  shape.forEach((n, axis) => {
    const steps = Array.from({ length: limited(n) }, (_, i) => at(axis, i));
    map = map.flatMap((from) => steps.map((step) => (from < 0 || step < 0 ? -1 : from + step)));
  });
  return Int32Array.from(map);
}

/** Shape of two tensors that are broadcast together (ONNX "Broadcasting": axes from the last, 1 stretches). */
export function broadcast(a: readonly number[], b: readonly number[]): number[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, axis) => {
    const [m, n] = [a[axis - rank + a.length] ?? 1, b[axis - rank + b.length] ?? 1];
    if (m !== n && m !== 1 && n !== 1)
      throw new CheckFailure('model-malformed', `Shapes [${a}] and [${b}] do not fit together.`);
    return m === 1 ? n : m;
  });
}

/** A value stretched to a shape that broadcasting gives. */
export function stretched(value: Value, shape: readonly number[]): Value {
  const lead = shape.length - value.shape.length;
  const strides = stridesOf(value.shape);
  const source = indexMap(shape, (axis, i) =>
    axis < lead || value.shape[axis - lead] === 1 ? 0 : i * strides[axis - lead],
  );
  return picked(value, shape, source);
}
