/** @file The rounding rule: how far an f32 bound can lie from the exact one, and an f32 network from the real one. */
import {
  abs,
  add,
  flatten,
  le,
  matmul,
  mul,
  reshape,
  sizeOf,
  sum,
  where,
  type Tensor,
} from '../tensor/index.ts';
import type { Interval } from './interval.ts';

/**
 * Every operation on f32 numbers gives the exact result times 1 + δ, |δ| ≤ u = 2⁻²⁴, or errs by less than 2⁻¹²⁶ where
 * it underflows (2⁻¹⁵⁰ where denormal numbers are kept). So a sum of n products errs by at most
 * n·u·Σ|terms| + n·2⁻¹²⁶, in any order of summation, with or without fused multiply-add (Jeannerod & Rump 2013).
 * No independence of errors is assumed: networks of equal neurons round them all the same way.
 */
export const unitRoundoff = 2 ** -24;

/** Least normal f32 number; numbers below may be flushed to 0. */
export const leastNormal = 2 ** -126;

/** Roundings beside a sum's own: products, slopes, weights rounded to f32, ends of intervals, box ends. */
const elementwiseTerms = 8;

/**
 * Terms of second order and the rounding of the errors' own sums: these have up to `size` positive terms, so that they
 * are right to size·u.
 */
const guard = (size: number): number => 1 + 2 ** -6 + 4 * size * unitRoundoff;

/** Relative error of a computation of so many roundings: times the sum of absolute values that takes part. */
export const gamma = (roundings: number): number =>
  (roundings + elementwiseTerms) * unitRoundoff * guard(roundings + elementwiseTerms);

/** Σ|terms| times `gamma` of so many roundings; of those of an element's own sum only `active` ones, where given. */
export function relativeError(
  reach: Tensor,
  {
    own,
    active,
    other,
  }: { readonly own: number; readonly active: Tensor | undefined; readonly other: number },
): Tensor {
  const most = own + other;
  if (!active) return mul(reach, gamma(most));
  const share = add(
    mul(active, 1 / (most + elementwiseTerms)),
    (other + elementwiseTerms) / (most + elementwiseTerms),
  );
  return mul(reach, mul(share, gamma(most) * (1 + 2 ** -20)));
}

/** Factor of a bound on errors that was itself summed from so many terms. */
export const outward = (size: number): number => guard(size);

/** What flushing to zero may cost: a number of operations, and weights against values that sum up to `mass`. */
export const flushed = (operations: number, mass: Tensor): Tensor =>
  mul(add(mass, operations + 1), 4 * leastNormal);

const axesFrom = (t: Tensor, first: number): number[] => t.shape.map((_, axis) => axis).slice(first);

/** Σ of each row's elements, [R]. */
export const rowTotals = (t: Tensor): Tensor => sum(t, axesFrom(t, 1));

/** Σ of each row's elements by blocks of about √n: few roundings for any sum. [R, …] → [R] */
export function blockTotals(t: Tensor): Tensor {
  const [rows] = t.shape as [number];
  const size = sizeOf(t.shape) / rows;
  const block = blockLength(size);
  return sum(sum(reshape(t, [rows, size / block, block]), 2), 1);
}

/** Roundings of `blockTotals`. */
export const blockRoundings = (size: number): number => {
  const block = blockLength(size);
  return block + size / block;
};

/** The divisor of n next to √n from above. */
export function blockLength(n: number): number {
  for (let length = Math.ceil(Math.sqrt(n)); length < n; length++) if (n % length === 0) return length;
  return Math.max(1, n);
}

/** Per-row dot of [R, …] and [1|B|R, …] → [R]; R rows share B boxes in order. */
export function rowsDot(a: Tensor, b: Tensor): Tensor {
  const [rows, boxes] = [a.shape[0], b.shape[0]];
  if (boxes === 1) return reshape(matmul(flatten(a), reshape(b, [-1, 1])), [rows]);
  if (boxes === rows) return rowTotals(mul(a, b));
  return reshape(matmul(reshape(a, [boxes, rows / boxes, -1]), reshape(b, [boxes, -1, 1])), [rows]);
}

/** Σ|a|·errors of each row, [R]. @param errors of the elements, ≥ 0, [1|B|R, …] */
export const errorOf = (a: Tensor, errors: Tensor): Tensor => rowsDot(abs(a), errors);

/** Least f32 number that is still infinite for bounds: sums next to it overflow. */
const beyond = 3e38;

/**
 * An interval with every end that is not finite, on either side, replaced by the infinity that says nothing. A bound
 * that overflowed may have become NaN, or infinity on the wrong side.
 */
export function onlyFinite({ lower, upper }: Interval): Interval {
  return {
    lower: where(le(abs(lower), beyond), lower, -Infinity),
    upper: where(le(abs(upper), beyond), upper, Infinity),
  };
}

/** The tighter of two intervals; ends of `other` that are not finite say nothing. */
export function meet(known: Interval, other: Interval): Interval {
  const { lower, upper } = onlyFinite(other);
  return {
    lower: where(le(lower, known.lower), known.lower, lower),
    upper: where(le(known.upper, upper), known.upper, upper),
  };
}
