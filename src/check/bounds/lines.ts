/** @file Lines that enclose f(z) = z ≥ 0 ? z : q·z on [l, u], in f64 as they are and not as they should be. */
import { above } from './arithmetic.ts';

/**
 * The chord through both ends, moved out until it encloses. For q ≤ 1, f is convex: a line that is above it at l and at u is
 * above it between them; s·l + t ≥ q·l and s·u + t ≥ u are (q − s)·l ≤ t and (1 − s)·u ≤ t, each of three roundings, and t ≥ 0 as
 * f(0) = 0. For q > 1, f is concave and the same holds with the signs turned.
 */
export function chord(lower: number, upper: number, q: number): { slope: number; intercept: number } {
  const slope = Math.min(Math.max((upper - q * lower) / (upper - lower), Math.min(q, 1)), Math.max(q, 1));
  const ends = [(q - slope) * lower, (1 - slope) * upper];
  const side = q <= 1 ? 1 : -1;
  const intercept = Math.max(0, ...ends.map((end) => side * end));
  return { slope, intercept: side * above(above(above(intercept))) };
}

/** Slope of a line through 0 that f does not cross: anything from q to 1; α = byte/255, absent (−1): where the triangle is smaller. */
export function tangent(byte: number, lower: number, upper: number, q: number): number {
  const alpha = byte >= 0 ? byte / 255 : upper >= -lower ? 1 : 0;
  return Math.min(Math.max(q + alpha * (1 - q), Math.min(q, 1)), Math.max(q, 1));
}
