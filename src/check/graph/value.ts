/** @file A tensor within a model: constant numbers, or the numbers of elements; both are laid out by the same index maps. */
import type { Constant } from '../files/tensor.ts';
import { CheckFailure } from '../failure.ts';

/** Exactly one of `constant` and `elements` is there, of the shape's size in C order. */
export interface Value {
  readonly shape: readonly number[];
  readonly type: Constant['type'];
  readonly constant?: Float64Array;
  readonly elements?: Int32Array;
}

/** More numbers in one tensor than this are not laid out. */
const largest = 1 << 23;

/** @throws CheckFailure where there are more */
export function limited(size: number): number {
  if (!(size <= largest)) throw new CheckFailure('too-large', `A tensor of ${size} numbers.`);
  return size;
}

export const range = (count: number, first = 0, step = 1): number[] =>
  Array.from({ length: limited(count) }, (_, i) => first + i * step);

export const sizeOf = (shape: readonly number[]): number => shape.reduce((size, n) => size * n, 1);

/** A tensor of `shape` whose number at a place is that number of the value which Σ at(axis, place on the axis) tells; below 0: the filler. */
export function moved(
  value: Value,
  shape: readonly number[],
  at: (axis: number, i: number) => number,
  filler = 0,
): Value {
  let source = new Int32Array(1);
  shape.forEach((n, axis) => {
    const steps = new Int32Array(limited(n)).map((_, i) => at(axis, i));
    const next = new Int32Array(limited(source.length * n));
    let to = 0;
    for (const from of source) for (const step of steps) next[to++] = from < 0 || step < 0 ? -1 : from + step;
    source = next;
  });
  const from = (value.constant ?? value.elements)!;
  const to = value.constant ? new Float64Array(source.length) : source;
  for (let i = 0; i < to.length; i++) to[i] = source[i] < 0 ? filler : from[source[i]];
  const { type } = value;
  return to instanceof Float64Array ? { shape, type, constant: to } : { shape, type, elements: to };
}

/** Distance of neighbours along each axis. */
const stridesOf = (shape: readonly number[]): number[] =>
  shape.map((_, axis) => sizeOf(shape.slice(axis + 1)));

/** Along one axis, place i is place `from[i]` of the value, or the filler. */
export function along(value: Value, axis: number, from: readonly number[], filler?: number): Value {
  const strides = stridesOf(value.shape);
  const at = (k: number, i: number): number => strides[k] * (k === axis ? from[i] : i);
  return moved(value, value.shape.with(axis, from.length), at, filler);
}

/** Axis k is axis perm[k] of the value. */
export function permuted(value: Value, perm: readonly number[]): Value {
  if (perm.every((axis, k) => axis === k)) return value;
  const strides = stridesOf(value.shape);
  return moved(
    value,
    perm.map((axis) => value.shape[axis]),
    (k, i) => strides[perm[k]] * i,
  );
}

/** Shape of tensors that are broadcast together (ONNX "Broadcasting": axes from the last, 1 stretches). */
export function broadcast(a: readonly number[], b: readonly number[]): number[] {
  const rank = Math.max(a.length, b.length);
  return range(rank).map((axis) => {
    const [m, n] = [a[axis - rank + a.length] ?? 1, b[axis - rank + b.length] ?? 1];
    if (m !== n && m !== 1 && n !== 1)
      throw new CheckFailure('model-malformed', `Shapes [${a}] and [${b}] do not fit together.`);
    return m === 1 ? n : m;
  });
}

/** A value stretched to a shape. @throws CheckFailure model-malformed where broadcasting cannot give it */
export function stretched(value: Value, shape: readonly number[]): Value {
  const lead = shape.length - value.shape.length;
  if (lead < 0 || value.shape.some((n, k) => n !== 1 && n !== shape[k + lead]))
    throw new CheckFailure(
      'model-malformed',
      `The shape [${value.shape}] cannot be stretched to [${shape}].`,
    );
  if (value.shape.join() === shape.join()) return value;
  const strides = stridesOf(value.shape);
  return moved(value, shape, (k, i) => (value.shape[k - lead] > 1 ? i * strides[k - lead] : 0));
}
