/** @file What a branching heuristic is: scores of unstable neurons from one bounded domain. */

/** One ReLU of one domain, over its compact neurons. */
export interface BranchingSite {
  /** Coefficients of the ReLU's output in the domain's linear bound. */
  readonly coefficients: Float32Array;
  /** Pre-activation bounds with splits clipped in. */
  readonly lower: Float32Array;
  readonly upper: Float32Array;
  /** Constant term of each neuron as an affine function of the nonlinear layers before it. */
  readonly bias: Float32Array;
  /** Real (not padding) entries. */
  readonly count: number;
}

/** A score of each compact neuron: higher is better; neurons that are already stable score −Infinity. */
export type BranchingScore = (site: BranchingSite) => Float64Array;

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

/** Scores unstable neurons only. */
export function scoreUnstable(site: BranchingSite, score: (i: number) => number): Float64Array {
  const out = new Float64Array(site.lower.length).fill(-Infinity);
  for (let i = 0; i < site.count; i++) if (site.lower[i] < 0 && site.upper[i] > 0) out[i] = score(i);
  return out;
}
