/** @file How much a sum of n numbers may err, in the checker's f64 and in the format that the statement speaks of. */
import type { Arithmetic } from '../contracts.ts';

/** Unit roundoff, least normal and subnormal number, greatest number. */
export interface Format {
  readonly roundoff: number;
  readonly normal: number;
  readonly subnormal: number;
  readonly greatest: number;
}

export const formats: Readonly<Record<Exclude<Arithmetic['float'], 'none'>, Format>> = {
  float32: { roundoff: 2 ** -24, normal: 2 ** -126, subnormal: 2 ** -149, greatest: 2 ** 120 },
  float16: { roundoff: 2 ** -11, normal: 2 ** -14, subnormal: 2 ** -24, greatest: 65504 },
  bfloat16: { roundoff: 2 ** -8, normal: 2 ** -126, subnormal: 2 ** -133, greatest: 2 ** 120 },
};

/** No number of the checker is above: products of two stay finite, and a constant beyond bends nothing. */
export const greatest = 2 ** 120;

/** What every slack is multiplied with: slacks are themselves sums of up to 2^25 numbers in f64. */
export const outward = 1 + 2 ** -26;

/** Covers everything that vanishes below the least f64, times 2^120, in up to 2^30 operations. */
export const vanishing = 2 ** -600;

/** γ_n = n·u / (1 − n·u): a sum of n products, in any order, fused or not, errs by at most γ_n Σ|products| (Higham 2002, § 3). */
export const gamma = (n: number, roundoff = 2 ** -53): number =>
  n * roundoff < 0.5 ? (n * roundoff) / (1 - n * roundoff) : Infinity;

/** The least f64 above a number and the greatest below, or a little further. */
export const above = (x: number): number => x + Math.abs(x) * 2 ** -52 + 2 ** -1074;
export const below = (x: number): number => x - Math.abs(x) * 2 ** -52 - 2 ** -1074;

/** At least as many numbers as are ever added to the bound of one row: a bias and an intercept an element, β of a path. */
export const addends = (size: number): number => 2 * size + 2 ** 16;
