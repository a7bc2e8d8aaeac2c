/** @file What a branching heuristic is: scores of neurons from one bounded domain. */
import type { CompactSite } from '../../bounds/compact.ts';

/** One site of one domain, over its compact neurons. */
export interface BranchingSite extends Pick<CompactSite, 'member' | 'count'> {
  /** Coefficients of the site's output in the domain's linear bound; where nothing is gathered what its lines cost. */
  readonly seen: Float32Array;
  /** Bounds of what the site reads, with splits clipped in. */
  readonly lower: Float32Array;
  readonly upper: Float32Array;
  /** Constant term of each neuron as an affine function of the nonlinear layers before it. */
  readonly bias: Float32Array;
}

/** Score of an unstable ReLU by its coefficient ν, its bounds l < 0 < u and its bias: higher is better. */
export type BranchingScore = (nu: number, l: number, u: number, bias: number) => number;

/** How the bounds of a candidate's two children become one number, of which the greatest wins. */
export type ReduceName = 'min' | 'max' | 'mean';

export const reductions: Readonly<Record<ReduceName, (a: number, b: number) => number>> = {
  min: Math.min,
  max: Math.max,
  mean: (a, b) => (a + b) / 2,
};

/** How the next split of a domain is chosen. */
export interface BranchingHeuristic {
  /** Each score puts up its best neurons. */
  readonly scores: readonly BranchingScore[];
  /** How many each score puts up; where there are several in all, both children of each are bounded once and compared. */
  readonly candidates: number;
  /** Default: min, the worse child. */
  readonly reduce?: ReduceName;
}

/** The score of a neuron by its number; what its lines cost stands for itself, in the same units. */
export function scoreWith(
  score: BranchingScore,
  { member, seen, lower, upper, bias }: BranchingSite,
): (neuron: number) => number {
  if (!member.gathered) return (i) => (Number.isNaN(seen[i]) ? 0 : seen[i]);
  return (i) => score(seen[i], lower[i], upper[i], bias[i]);
}
