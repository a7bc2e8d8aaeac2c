/** @file Concretisation: the least value of a linear bound over the input set, by the dual norm. */
import {
  abs,
  add,
  customGradient,
  flatten,
  matmul,
  mul,
  reshape,
  sign,
  sub,
  sum,
  type Tensor,
} from '../tensor/index.ts';
import type { LinearBound } from './backward.ts';
import { roundingOf, sumVariance } from './rounding.ts';

/** An l∞ box as centre and radius, [1|R, …input shape]; radius is rounded up so that the box is covered. */
export interface BoxTensors {
  readonly center: Tensor;
  readonly radius: Tensor;
}

export interface Concrete {
  /** min over the box of coefficients·x + constant, [R]. */
  readonly lower: Tensor;
  /** Rounding error of `lower` in all, [R]. */
  readonly rounding: Tensor;
}

/** Per-row dot of [R,n] and [1|R,n] → [R]. */
function rowsDot(a: Tensor, b: Tensor): Tensor {
  const rows = a.shape[0];
  return b.shape[0] === 1 ? reshape(matmul(a, reshape(b, [-1, 1])), [rows]) : sum(mul(a, b), 1);
}

/** The point where the linear bound is least: c − sign(a)·r; [R, …]. */
export const minimizer = (coefficients: Tensor, { center, radius }: BoxTensors): Tensor =>
  sub(center, mul(sign(coefficients), radius));

/** a·c − |a|·r + constant: quick, for optimisation; its gradient in a is the minimiser. */
export function concretize(bound: LinearBound, box: BoxTensors): Tensor {
  const a = flatten(bound.coefficients);
  const center = flatten(box.center);
  const radius = flatten(box.radius);
  const value = sub(rowsDot(a, center), rowsDot(abs(a), radius));
  const least = customGradient(value, [a], (g) => [
    mul(reshape(g, [-1, 1]), minimizer(a, { center, radius })),
  ]);
  return add(least, bound.constant);
}

/** The same value, summed in blocks, with a bound on the rounding error of it and of the walk before. */
export function concretizeSoundly(bound: LinearBound, box: BoxTensors): Concrete {
  const a = flatten(bound.coefficients);
  const center = flatten(box.center);
  const radius = flatten(box.radius);
  const absolute = abs(a);
  const block = blockLength(a.shape[1]);
  const inBlocks = (terms: Tensor): Tensor => sum(reshape(terms, [terms.shape[0], -1, block]), 2);
  const value = sum(inBlocks(sub(mul(a, center), mul(absolute, radius))), 1);
  const reach = inBlocks(mul(absolute, add(abs(center), radius)));
  const variance = add(
    sum(sumVariance(reach, block), 1),
    sumVariance(add(sum(reach, 1), abs(bound.constant)), a.shape[1] / block),
  );
  return {
    lower: add(value, bound.constant),
    rounding: add(bound.rounding, roundingOf(add(bound.variance, variance))),
  };
}

/** The divisor of n next to √n from above: blocks of that length keep partial sums short. */
function blockLength(n: number): number {
  for (let length = Math.ceil(Math.sqrt(n)); length < n; length++) if (n % length === 0) return length;
  return n;
}
