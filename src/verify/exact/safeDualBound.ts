/** @file A lower bound of a linear program that holds whatever the solver's tolerances: weak duality with outward rounding. */
import { gamma64 } from './affineForm.ts';
import type { LinearProgram } from './program.ts';

/** The least f64 number above 0: what a product may lose where it underflows, and once more for its error terms. */
const leastNumber = 2 ** -1073;

/**
 * For any multipliers y of the rows and any feasible x,
 *   cost·x = (cost − Aᵀy)·x + y·(A x) ≥ Σⱼ min over [lowerⱼ, upperⱼ] of dⱼ·xⱼ + Σᵢ (yᵢ > 0 ? yᵢ·rowLowerᵢ : yᵢ·rowUpperᵢ),
 * with d = cost − Aᵀy (Neumaier & Shcherbina 2004). All columns are bounded, so that every y gives a finite bound once
 * multipliers of infinite row ends are set to 0; good multipliers only make it good. d is computed in f64: its error
 * γₙ·(|costⱼ| + Σᵢ|aᵢⱼ·yᵢ|), and 2⁻¹⁰⁷⁴ a product that underflows, times max|xⱼ| is taken off, and so is the rounding
 * of the final sum. A bound that is not finite is none.
 * @param duals y by row; may be wrong
 * @param withCost false for cost 0: a bound > 0 then proves that no x is feasible (Farkas)
 */
export function safeDualBound(program: LinearProgram, duals: ArrayLike<number>, withCost = true): number {
  const { lower, upper, rowLower, rowUpper, starts, indices, values, cost, offset } = program;
  const columns = lower.length;
  const reduced = withCost ? cost.slice() : new Float64Array(columns);
  const absolute = reduced.map(Math.abs);
  const terms = new Float64Array(columns).fill(2);
  let sum = withCost ? offset : 0;
  let magnitude = Math.abs(sum);
  for (let i = 0; i < rowLower.length; i++) {
    const given = duals[i];
    const end = given > 0 ? rowLower[i] : rowUpper[i];
    if (given === 0 || !Number.isFinite(given) || !Number.isFinite(end)) continue;
    sum += given * end;
    magnitude += Math.abs(given * end);
    for (let k = starts[i]; k < starts[i + 1]; k++) {
      const j = indices[k];
      const part = given * values[k];
      reduced[j] -= part;
      absolute[j] += Math.abs(part);
      terms[j]++;
    }
  }
  let uncertain = 0;
  for (let j = 0; j < columns; j++) {
    const d = reduced[j];
    const least = d > 0 ? d * lower[j] : d * upper[j];
    sum += least;
    magnitude += Math.abs(least);
    const error = gamma64(terms[j]) * absolute[j] + terms[j] * leastNumber;
    uncertain += error * Math.max(Math.abs(lower[j]), Math.abs(upper[j]));
  }
  const count = columns + rowLower.length + 4;
  const bound = sum - (uncertain + gamma64(2 * count) * magnitude + count * leastNumber) * (1 + 2 ** -30);
  return Number.isFinite(bound) ? bound : -Infinity;
}
