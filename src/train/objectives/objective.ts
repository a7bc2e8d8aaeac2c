/** @file What a training objective is: a pure traced function from a batch to a loss. */
import type { Norm } from '../../bounds/ball.ts';
import type { LowerSlope } from '../../bounds/rules/relu.ts';
import type { CompileOptions } from '../../engine/compile.ts';
import type { Feed } from '../../engine/hostTensor.ts';
import type { ForwardResult } from '../../nn/forward.ts';
import type { Network } from '../../nn/network.ts';
import type { Shape, Tensor } from '../../tensor/index.ts';
import type { ObjectiveContext } from './context.ts';

export type { ObjectiveContext } from './context.ts';

/** Every objective reads what it knows. */
export interface ObjectiveOptions {
  /** Norm of the perturbation, in attacks and bounds; default the maximum norm. */
  readonly norm?: Norm;
  /** Step of the attack in units of epsilon: FGSM's α (1.25), or PGD's step (default 2.5/steps). */
  readonly attackAlpha?: number;
  /** FGSM: start at a random point of the box instead of the image. */
  readonly randomStart?: boolean;
  /** PGD, MTL-IBP, CC-IBP, SABR: number of steps. */
  readonly attackSteps?: number;
  /** FGSM: weight of gradient alignment. */
  readonly gradAlignLambda?: number;
  /** Final radius of the ε schedule, raw pixel units: what shares and intensities are measured by. */
  readonly epsilonMax?: number;
  /** CROWN-IBP: fixed share of CROWN; absent: 1 − ε/epsilonMax. */
  readonly crownShare?: number;
  /** CROWN-IBP and CROWN: bound the loss itself (default) instead of the margins. */
  readonly lossFusion?: boolean;
  /** CROWN's lower line of unstable ReLUs; default adaptive. */
  readonly relaxation?: LowerSlope;
  /** Fast-IBP: weight of its regularisers at ε = 0; default 0.5. */
  readonly fastIbpWeight?: number;
  /** MTL-IBP, CC-IBP: share α of the bounds in 0..1; default 0.5. */
  readonly boundShare?: number;
  /** SABR: radius of the small box in units of epsilon, in 0..1; default 0.4. */
  readonly smallBox?: number;
}

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
  /** The cost of a step with this batch, without all of its work. */
  estimate(batch: BlockedBatch): Promise<BlockedCost>;
  /** Gives the memory of its programs back. */
  release(): Promise<void>;
}

/** What a run before the step costs. */
export interface BlockedCost {
  readonly seconds: number;
  /** Floating-point operations, by the formula of docs/decisions. */
  readonly flops: number;
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
export interface ObjectiveBlocks {
  /** What the step is fed: name → shape. */
  specs(network: Network): Readonly<Record<string, Shape>>;
  /** The step's part: a loss with the value and the gradient that were found. */
  evaluate(context: ObjectiveContext, fed: Readonly<Record<string, Tensor>>): ObjectiveResult;
  create(network: Network, batchSize: number, options: ObjectiveOptions, engine: CompileOptions): BlockedRun;
}

export interface Objective {
  /** Noise to be fed each step: name → shape, for batches of shape [B,C,H,W]. */
  noise(options: ObjectiveOptions, batchShape: Shape): Readonly<Record<string, Shape>>;
  evaluate(context: ObjectiveContext, options: ObjectiveOptions): ObjectiveResult;
  /** Training takes this way instead of `evaluate`, which stays what is meant. */
  readonly blocks?: ObjectiveBlocks;
  /** The objective whose derivatives pruning scores take, where its own are too dear. */
  readonly scores?: { readonly objective: string; readonly options: ObjectiveOptions };
  /** A cheaper objective with the same loss at this radius, if there is one. */
  simplerAt?(epsilon: number, options: ObjectiveOptions): string | undefined;
}
