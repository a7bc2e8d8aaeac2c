/** @file What a box leaves open once it is bounded: refuted conjunctions go, the rest is clipped. */
import type { BoxOutcome } from './boxBatch.ts';
import type { BoxDomain } from './boxDomain.ts';
import { clipBox, type LinearMinorant } from './clip.ts';

/**
 * How much the slope of a row counts beside the gap of its bound. A halving moves the worse half's least value by the
 * gap alone, and clipping has used the slope already; but among equal gaps the steeper input is the better one.
 */
const slopeShare = 0.1;

/**
 * @param ties constraints on inputs: elsewhere nothing is asked
 * @param conjunctionRows numbers of the rows of every conjunction
 * @returns the smallest box around what may be unsafe; undefined where all conjunctions are refuted
 */
export function remainder(
  task: BoxDomain,
  outcome: BoxOutcome,
  conjunctionRows: readonly (readonly number[])[],
  ties: readonly LinearMinorant[] = [],
): BoxDomain | undefined {
  const inputs = task.lower.length;
  const conjunctions: number[] = [];
  const lower = new Float64Array(inputs).fill(Infinity);
  const upper = new Float64Array(inputs).fill(-Infinity);
  const weights = new Float32Array(task.weights.length);
  let margin = Infinity;
  for (const c of task.conjunctions) {
    const own = conjunctionRows[c];
    const bound = Math.max(...own.map((r) => outcome.lower(r)));
    if (bound > 0) continue;
    const minorants = own.map((r) => ({
      coefficients: outcome.coefficients.subarray(r * inputs, (r + 1) * inputs),
      constant: outcome.constant[r],
    }));
    const [l, u] = [task.lower.slice(), task.upper.slice()];
    if (!clipBox([...minorants, ...ties], l, u)) continue;
    conjunctions.push(c);
    for (const r of own) weights[r] = 1;
    margin = Math.min(margin, bound);
    for (let i = 0; i < inputs; i++) {
      lower[i] = Math.min(lower[i], l[i]);
      upper[i] = Math.max(upper[i], u[i]);
    }
  }
  if (conjunctions.length === 0) return undefined;
  const influence = Float64Array.from(outcome.looseness, (gap, i) => {
    let slope = 0;
    weights.forEach((w, r) => (slope += w * Math.abs(outcome.coefficients[r * inputs + i])));
    return (gap + slopeShare * slope) * (upper[i] - lower[i]);
  });
  const { number } = task;
  return { number, lower, upper, bounds: outcome.bounds, conjunctions, margin, influence, weights };
}
