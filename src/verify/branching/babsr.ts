/** @file BaBSR: the estimated gain of splitting a neuron (Bunel et al. 2020, eq. 14). */
import type { BranchingScore } from './heuristic.ts';

/**
 * With ν the coefficient of the ReLU's output in the lower bound, k = u/(u−l) and b the neuron's constant term:
 * the relaxation's part is k·ν·b, the split's is 0 or ν·b; the intercept −k·l·min(ν,0) is won back in both.
 */
export const babsrScore: BranchingScore = (nu, l, u, b) => {
  const k = u / (u - l);
  const intercept = -k * l * Math.min(nu, 0);
  return Math.abs(Math.max(nu * b * (k - 1), nu * b * k) + intercept);
};
