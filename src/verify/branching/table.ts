/** @file The table of branching heuristics. */
import { babsrScore } from './babsr.ts';
import type { BranchingHeuristic } from './heuristic.ts';
import { interceptScore } from './intercept.ts';

export const branchingHeuristics = {
  babsr: { scores: [babsrScore], candidates: 1 },
  intercept: { scores: [interceptScore], candidates: 1 },
  /** Filtered smart branching (De Palma et al. 2021): the best of both scores are bounded, the best pair of children wins. */
  fsb: { scores: [babsrScore, interceptScore], candidates: 1 },
  /** The same with three of each score (α,β-CROWN's kfsb, reduce-op min). */
  kfsb: { scores: [babsrScore, interceptScore], candidates: 3 },
} satisfies Record<string, BranchingHeuristic>;

export type BranchingName = keyof typeof branchingHeuristics;
