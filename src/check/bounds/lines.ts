/** @file Lines that enclose f(z) = z where z ≥ p, else p + q·(z − p), in f64 as they are and not as they should be; q = 0 or p = 0. */
import { above, below } from './arithmetic.ts';

/** slope·z + intercept */
export interface Line {
  readonly slope: number;
  readonly intercept: number;
}

/** f itself on an interval without p in its inside; undefined on others. */
export function piece(lower: number, upper: number, q: number, p: number): Line | undefined {
  if (lower >= p) return { slope: 1, intercept: 0 };
  return upper <= p ? { slope: q, intercept: q === 0 ? p : 0 } : undefined;
}

/**
 * The chord through both ends, moved out until it encloses. For q ≤ 1, f is convex: a line that is above it at l and at u is
 * above it between them. With p = 0 that is (q − s)·l ≤ t and (1 − s)·u ≤ t, each of three roundings, and t ≥ 0 as f(0) = 0;
 * with q = 0 it is p − s·l ≤ t and u − s·u ≤ t. For q > 1, f is concave and the same holds with the signs turned.
 */
export function chord(lower: number, upper: number, q: number, p: number): Line {
  if (p !== 0) {
    const slope = Math.min(Math.max((upper - p) / (upper - lower), 0), 1);
    const size = Math.abs(p) + slope * Math.abs(lower) + (1 + slope) * Math.abs(upper);
    return { slope, intercept: Math.max(p - slope * lower, upper - slope * upper) + above(size * 2 ** -50) };
  }
  const slope = Math.min(Math.max((upper - q * lower) / (upper - lower), Math.min(q, 1)), Math.max(q, 1));
  const side = q <= 1 ? 1 : -1;
  const intercept = Math.max(0, side * ((q - slope) * lower), side * ((1 - slope) * upper));
  return { slope, intercept: side * above(above(above(intercept))) };
}

/**
 * The slope of a line through (p, p) that f does not cross: any from q to 1. α = byte/255, absent (−1): where the triangle is
 * smaller.
 */
export function tangentSlope(byte: number, lower: number, upper: number, q: number, p: number): number {
  const alpha = byte >= 0 ? byte / 255 : upper - p >= p - lower ? 1 : 0;
  if (q === 0) return alpha;
  return Math.min(Math.max(q + alpha * (1 - q), Math.min(q, 1)), Math.max(q, 1));
}

/** The intercept of that line: with q = 0 it is s·z + (1 − s)·p, below f. */
export const tangentIntercept = (slope: number, p: number): number =>
  p === 0 || slope === 1 ? 0 : below(below(below((1 - slope) * p)));
