/** @file What a pruning criterion is: scores for weights or channels, and how they are to be used. */
import type { Dataset } from '../../data/dataset.ts';
import type { Rng } from '../../data/rng.ts';
import type { CompileOptions } from '../../engine/compile.ts';
import type { Member } from '../../family/family.ts';
import type { Options, OptionValues } from '../../family/option.ts';
import type { Masks } from '../../nn/masks.ts';
import type { Network } from '../../nn/network.ts';
import type { Numbers } from '../../nn/parameters.ts';
import type { ObjectiveOptions } from '../../train/objectives/objective.ts';
import type { RegularizerPlan } from '../../train/regularizers/regularizer.ts';

/** What a score belongs to. */
export type Granularity = 'weight' | 'channel';

/** Images and loss that data-driven scores come from. The caller hands in training or validation images, no others. */
export interface ScoringData {
  readonly dataset: Dataset;
  /** Images used, at most; whole batches. */
  readonly images: number;
  readonly batchSize: number;
  /** Name in the table of objectives, and its options. */
  readonly objective: string;
  readonly objectiveOptions: ObjectiveOptions;
  /** Terms of the training loss beside the objective, at their full weight; default none. */
  readonly regularizers?: Readonly<Record<string, RegularizerPlan>> | undefined;
  /** Radius in raw pixel units. */
  readonly epsilon: number;
  readonly engine: CompileOptions;
  readonly signal?: AbortSignal | undefined;
}

/** What scores are computed from. */
export interface CriterionContext {
  readonly network: Network;
  /** Parameters and buffers of the state to prune. */
  readonly numbers: Numbers;
  /** Present masks; their keys are the weights to score. */
  readonly masks: Masks;
  readonly rng: Rng;
  /** Absent where there are no images; criteria that need them say so. */
  readonly data?: ScoringData | undefined;
}

/** What the scores are wanted for. */
export interface Goal {
  /** Units (weights or channels) to remove: of each layer by key, or of all together. */
  readonly asked: number | Readonly<Record<string, number>>;
}

/** Weight key → score per element, or per output channel; the smallest go first. */
export type Scores = Readonly<Record<string, Float64Array>>;

export interface Criterion<O extends Options = Options> extends Member<O> {
  /** Scores of weights may also be averaged over channels; scores of channels stand for nothing smaller. */
  readonly granularity: Granularity;
  /**
   * How many units go at the k-th pruning: `remaining`: round(rate × remaining); `total`: as many as leave
   * total − ⌊(1 − (1 − rate)ᵏ) × total⌋.
   */
  readonly counts: 'remaining' | 'total';
  /** Scored and pruned again this often on the way to the wanted count; default 1. */
  readonly rounds?: number;
  /** The dense state's weights are scored each time, not those of the state before. */
  readonly dense?: true;
  /** Epochs that scoring trains for; absent where it takes a few batches or none. */
  epochs?(options: OptionValues<O>): number;
  /** @throws UserError where `data` is needed and absent */
  scores(context: CriterionContext, goal: Goal, options: OptionValues<O>): Promise<Scores> | Scores;
}
