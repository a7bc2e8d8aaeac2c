/** @file What a training objective is: a pure traced function from a batch to a loss. */
import type { Norm } from '../../bounds/ball.ts';
import type { CompileOptions } from '../../engine/compile.ts';
import type { Feed } from '../../engine/hostTensor.ts';
import type { Member } from '../../family/family.ts';
import type { Options, OptionValues } from '../../family/option.ts';
import type { ForwardResult } from '../../nn/forward.ts';
import type { Network } from '../../nn/network.ts';
import type { Shape, Tensor } from '../../tensor/index.ts';
import type { ObjectiveContext } from './context.ts';

export type { ObjectiveContext } from './context.ts';

/** What every objective is told, beside its own options: those that are absent have the defaults it states. */
export type ObjectiveOptions<O extends Options = Options> = Partial<OptionValues<O>> & {
  /** Norm of the perturbation, in attacks and bounds; default the maximum norm. */
  readonly norm?: Norm;
  /** Final radius of the ε schedule, raw pixel units: what shares and intensities are measured by. */
  readonly epsilonMax?: number;
};

export interface ObjectiveResult {
  /** [] */
  readonly loss: Tensor;
  /** The pass that made the loss: its statistics update the running ones, its logits count as predictions. */
  readonly final: ForwardResult;
  /** Further scalars to report. */
  readonly metrics: Readonly<Record<string, Tensor>>;
}

/** What runs before a step whose loss is too dear for one program. */
export interface BlockedRun {
  /**
   * @returns what the step is fed, by the names of `ObjectiveBlocks.specs`
   * @throws the signal's reason once it is aborted
   */
  before(batch: BlockedBatch, signal?: AbortSignal): Promise<Record<string, Float32Array>>;
  /** Seconds of a step with this batch, found without all of its work. */
  estimate(batch: BlockedBatch): Promise<number>;
  /** Gives the memory of its programs back. */
  release(): Promise<void>;
}

/** The batch of a step, and the network's numbers. */
export interface BlockedBatch {
  /** Trained parameters and buffers. */
  readonly numbers: Readonly<Record<string, Feed>>;
  readonly x: Float32Array;
  readonly y: Int32Array;
  readonly noise: Readonly<Record<string, Float32Array>>;
  readonly epsilon: number;
}

/** Another way to an objective's loss and gradient: many small programs, and a step that is fed what they found. */
export interface ObjectiveBlocks<O extends Options = Options> {
  /** What the step is fed: name → shape. */
  specs(network: Network): Readonly<Record<string, Shape>>;
  /** The step's part: a loss with the value and the gradient that were found. */
  evaluate(context: ObjectiveContext, fed: Readonly<Record<string, Tensor>>): ObjectiveResult;
  create(
    network: Network,
    batchSize: number,
    options: ObjectiveOptions<O>,
    engine: CompileOptions,
  ): BlockedRun;
}

export interface Objective<O extends Options = Options> extends Member<O> {
  /** The word of `bound_type` that means this objective, where one does. */
  readonly boundType?: string;
  /** Validation accuracy that tells its best epoch; default `crown`, verified accuracy. */
  readonly bestBy?: 'standard' | 'fgsm' | 'pgd';
  /** It wants the first weights of Shi et al. 2021. */
  readonly fastIbpWeights?: boolean;
  /** Noise to be fed each step: name → shape, for batches of shape [B,C,H,W]. */
  noise(options: ObjectiveOptions<O>, batchShape: Shape): Readonly<Record<string, Shape>>;
  evaluate(context: ObjectiveContext, options: ObjectiveOptions<O>): ObjectiveResult;
  /** Training takes this way instead of `evaluate`, which stays what is meant. */
  readonly blocks?: ObjectiveBlocks<O>;
  /** The objective whose derivatives pruning scores take, where its own are too dear. */
  readonly scores?: { readonly objective: string; readonly options: ObjectiveOptions };
  /** A cheaper objective with the same loss at this radius, if there is one. */
  simplerAt?(epsilon: number, options: ObjectiveOptions<O>): string | undefined;
}
