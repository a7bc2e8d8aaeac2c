/** @file Output rows as the f32 programs take them: exact, with what rounding moved put into the bound. */
import type { HostInterval } from '../bounds/hostBounds.ts';
import { roundUp } from '../bounds/roundUp.ts';
import type { Conjunction } from './specification.ts';

/** The f32 number next to a coefficient; 0 for those that may be flushed to it. */
const nearest = (c: number): number => (Math.abs(c) < 2 ** -126 ? 0 : Math.fround(c));

/** Coefficients that f32 holds, and how far those given are from them, rounded up. */
export const rowInSingle = (coefficients: Float64Array) => ({
  coefficients: Float32Array.from(coefficients, nearest),
  moved: Float32Array.from(coefficients, (c) => roundUp(Math.abs(c - nearest(c)) * (1 + 2 ** -30))),
});

/**
 * Rows with coefficients that f32 holds, and bounds such that proving them proves the given ones:
 * c·y ≥ c′·y − Σ|c − c′|·|y|, so c′·y > bound + Σ|c − c′|·max|y| implies c·y > bound.
 * @param output sound interval of the network's output
 */
export function proofRows(unsafe: readonly Conjunction[], { lower, upper }: HostInterval): Conjunction[] {
  return unsafe.map((rows) =>
    rows.map(({ coefficients, bound }) => {
      const near = Float64Array.from(coefficients, nearest);
      const moved = coefficients.reduce(
        (sum, c, i) => sum + Math.abs(c - near[i]) * Math.max(Math.abs(lower[i]), Math.abs(upper[i])),
        0,
      );
      // The f64 sum of up to 2²⁰ terms, and of it with the bound, may have been rounded down.
      const risen = moved === 0 ? bound : bound + (moved * (1 + 2 ** -30) + Math.abs(bound) * 2 ** -52);
      return { coefficients: near, bound: risen };
    }),
  );
}
