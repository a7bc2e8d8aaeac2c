/** @file Intercept: what the chord of a neuron costs the bound (the fallback score of filtered smart branching). */
import type { BranchingScore } from './heuristic.ts';

/** k·l·min(ν,0) with k = u/(u−l): the loss that either split wins back (De Palma et al. 2021, FSB's second score). */
export const interceptScore: BranchingScore = (nu, l, u) => (u / (u - l)) * l * Math.min(nu, 0);
