/** @file What a pruning criterion is: a score for every weight. */
import type { Rng } from '../../data/rng.ts';
import type { Masks } from '../../nn/masks.ts';
import type { Network } from '../../nn/network.ts';
import type { Numbers } from '../../nn/parameters.ts';

/** What scores are computed from. */
export interface CriterionContext {
  readonly network: Network;
  /** Parameters and buffers of the state to prune. */
  readonly numbers: Numbers;
  /** Present masks; their keys are the weights to score. */
  readonly masks: Masks;
  readonly rng: Rng;
}

/** Parameter key → score per element; the smallest go first. */
export type Scores = Readonly<Record<string, Float64Array>>;

export interface Criterion {
  scores(context: CriterionContext): Promise<Scores> | Scores;
}
