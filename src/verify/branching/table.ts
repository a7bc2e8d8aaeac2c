/** @file The table of branching heuristics. */
import { babsr } from './babsr.ts';
import type { BranchingHeuristic } from './heuristic.ts';
import { intercept } from './intercept.ts';

export const branchingHeuristics = {
  babsr,
  intercept,
  /** Filtered smart branching: the best BaBSR candidates are bounded, the best pair of children wins (De Palma et al. 2021). */
  fsb: { ...babsr, candidates: 2 },
  kfsb: { ...babsr, candidates: 3 },
} satisfies Record<string, BranchingHeuristic>;

export type BranchingName = keyof typeof branchingHeuristics;
