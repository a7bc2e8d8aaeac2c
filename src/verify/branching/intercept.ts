/** @file Intercept: what the chord of a neuron costs the bound (the fallback score of filtered smart branching). */
import { scoreUnstable, type BranchingScore } from './heuristic.ts';

/** k·l·min(ν,0) with k = u/(u−l): the loss that either split wins back (De Palma et al. 2021, FSB's second score). */
export const interceptScore: BranchingScore = (site) =>
  scoreUnstable(site, (i) => {
    const [nu, l, u] = [site.coefficients[i], site.lower[i], site.upper[i]];
    return (u / (u - l)) * l * Math.min(nu, 0);
  });
