/** @file Output rows as the f32 programs take them: exact, with what rounding moved put into the bound. */
import type { HostInterval } from '../bounds/hostBounds.ts';
import type { Conjunction } from './specification.ts';

/**
 * Rows with coefficients that f32 holds, and bounds such that proving them proves the given ones:
 * c·y ≥ c′·y − Σ|c − c′|·|y|, so c′·y > bound + Σ|c − c′|·max|y| implies c·y > bound.
 * @param output sound interval of the network's output
 */
export function proofRows(unsafe: readonly Conjunction[], { lower, upper }: HostInterval): Conjunction[] {
  return unsafe.map((rows) =>
    rows.map(({ coefficients, bound }) => {
      const near = Float64Array.from(coefficients, Math.fround);
      const moved = coefficients.reduce(
        (sum, c, i) => sum + Math.abs(c - near[i]) * Math.max(Math.abs(lower[i]), Math.abs(upper[i])),
        0,
      );
      return { coefficients: near, bound: bound + moved * (1 + 1e-12) };
    }),
  );
}
