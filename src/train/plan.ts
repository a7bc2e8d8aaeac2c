/** @file What a training run is told: plain data, so that it may be sent to a worker. */
import type { Norm } from '../bounds/ball.ts';
import type { Augmentation } from '../data/augment.ts';
import type { Dataset } from '../data/dataset.ts';
import type { CompileOptions } from '../engine/compile.ts';
import type { Masks } from '../nn/masks.ts';
import type { Network } from '../nn/network.ts';
import type { OptimizerOptions } from '../nn/optimizers/optimizer.ts';
import type { CertifiedMetrics } from './certify.ts';
import type { CertifyPlan } from './measures/measure.ts';
import type { ObjectiveOptions } from './objectives/objective.ts';
import type { RegularizerPlan } from './regularizers/regularizer.ts';
import type { EpsilonPlan } from './schedules/epsilon.ts';

/** A validation accuracy by which the best epoch may be chosen; the last two need `certify`. */
export type Criterion = 'standard' | 'fgsm' | 'pgd' | 'ibp' | 'crown';

export interface LearningRatePlan {
  /** Name of a learning-rate schedule; default milestones. */
  readonly schedule?: string;
  /** The schedule's own options. */
  readonly options?: Readonly<Record<string, unknown>>;
  readonly base: number;
  /** First epochs in which the rate rises linearly to the schedule's; default 0. */
  readonly warmup?: number;
  /** Epochs the schedule is ahead of training; default 0. */
  readonly advance?: number;
}

/** How accuracies are measured. */
export interface EvaluationPlan {
  readonly batchSize: number;
  /** Radius of the attacks, raw pixel units. */
  readonly epsilon: number;
  /** Of the radius; default the maximum norm. */
  readonly norm?: Norm;
  readonly pgdSteps: number;
}

export interface TrainPlan {
  readonly network: Network;
  /** Name of an objective. */
  readonly objective: string;
  readonly objectiveOptions: ObjectiveOptions;
  /** By the names of regularisers. */
  readonly regularizers?: Readonly<Record<string, RegularizerPlan>>;
  /** Name of an optimiser. */
  readonly optimizer: string;
  readonly optimizerOptions: OptimizerOptions;
  readonly learningRate: LearningRatePlan;
  readonly epsilon: EpsilonPlan;
  /** Largest norm of the gradient; 0 for no clipping. */
  readonly clip: number;
  readonly epochs: number;
  readonly batchSize: number;
  readonly augment: Augmentation;
  /** Order, augmentation and noise follow from it and the epoch's number. */
  readonly seed: number | string;
  readonly evaluation: EvaluationPlan;
  /** Bounds measured on validation images after each epoch; absent: none. */
  readonly certify?: CertifyPlan;
  readonly criterion: Criterion;
  /** Epoch (from 0) from which an epoch may be the best; default 0. */
  readonly bestFrom?: number;
  /** Masks that change during training; absent: they stay. */
  readonly masking?: MaskingPlan;
  readonly engine: CompileOptions;
}

/** How masks change during training; carried out by whoever sets the hook `masksAt`. */
export interface MaskingPlan {
  /** Name of the schedule. */
  readonly schedule: string;
  /** Share of the masked weights that is pruned in the end, 0..1. */
  readonly sparsity: number;
  /** Epochs of the first and the last change. */
  readonly begin: number;
  readonly end: number;
  /** Steps between changes. */
  readonly every: number;
  /** The schedule's own options. */
  readonly options?: Readonly<Record<string, unknown>>;
}

export interface TrainData {
  readonly train: Dataset;
  readonly validation: Dataset;
}

/** The best epoch so far. */
export interface BestEpoch {
  readonly epoch: number;
  readonly criterion: Criterion;
  readonly value: number;
}

/** All that training continues from. Optimiser, best and seconds are absent at the start of a state. */
export interface Checkpoint {
  /** Epochs done. */
  readonly epoch: number;
  /** Parameters and buffers by key. */
  readonly numbers: Readonly<Record<string, Float32Array>>;
  readonly masks: Masks;
  /** The optimiser's state by `slot/key`; empty: zeros. */
  readonly optimizer: Readonly<Record<string, Float32Array>>;
  /** What the ε schedule remembers; empty for most. */
  readonly schedule?: Readonly<Record<string, number>>;
  readonly best?: BestEpoch | undefined;
  /** Seconds trained so far. */
  readonly seconds: number;
  /** Where training was stopped within the epoch that follows; all else is as it was then. */
  readonly within?: EpochPart | undefined;
}

/** The part of an epoch that is done. */
export interface EpochPart {
  /** Steps done. */
  readonly step: number;
  /** Sums over these steps of what they report, by name. */
  readonly totals: Readonly<Record<string, number>>;
  /** Learning rate and radius of the last of them. */
  readonly learningRate: number;
  readonly epsilon: number;
  /** Seconds they took; counted in the checkpoint's. */
  readonly seconds: number;
}

/** A checkpoint before the first epoch. */
export function startCheckpoint(numbers: Checkpoint['numbers'], masks: Masks): Checkpoint {
  return { epoch: 0, numbers, masks, optimizer: {}, seconds: 0 };
}

/** What an epoch did; accuracies are fractions in 0..1. */
export interface TrainEpoch extends Partial<CertifiedMetrics> {
  /** From 0. */
  readonly epoch: number;
  readonly epochs: number;
  /** Mean over the steps. */
  readonly loss: number;
  /** Of the last batch. */
  readonly learningRate: number;
  /** Radius of the last batch, raw pixel units. */
  readonly epsilon: number;
  /** On the batches as the loss saw them. */
  readonly trainAccuracy: number;
  /** On the validation images; absent where there are none. */
  readonly standard?: number;
  readonly fgsm?: number;
  readonly pgd?: number;
  /** Means over the steps of what the objective and the regularisers report, by name; regularisers without their weight. */
  readonly terms?: Readonly<Record<string, number>>;
  /** Mean norm before clipping. */
  readonly gradientNorm: number;
  readonly seconds: number;
  readonly imagesPerSecond: number;
}

/** How far an epoch is. */
export interface TrainProgress {
  readonly epoch: number;
  readonly step: number;
  readonly steps: number;
  readonly loss: number;
}
