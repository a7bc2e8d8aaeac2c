/** @file What a training objective is: a pure traced function from a batch to a loss. */
import type { ForwardResult } from '../../nn/forward.ts';
import type { Mode } from '../../nn/layers/definition.ts';
import type { Network, Parameters } from '../../nn/network.ts';
import type { Shape, Tensor } from '../../tensor/index.ts';

/** Every objective reads what it knows. */
export interface ObjectiveOptions {
  /** Step of the attack in units of epsilon: FGSM's α (1.25), or PGD's step (default 2.5/steps). */
  readonly attackAlpha?: number;
  /** FGSM: start at a random point of the box instead of the image. */
  readonly randomStart?: boolean;
  /** PGD: number of steps. */
  readonly attackSteps?: number;
  /** FGSM: weight of gradient alignment. */
  readonly gradAlignLambda?: number;
}

/** What an objective works on. */
export interface ObjectiveContext {
  readonly network: Network;
  /** Trained parameters and buffers by key; gradients are taken in the former. */
  readonly params: Parameters<Tensor>;
  /** Raw pixels 0..1 [B,C,H,W]. */
  readonly x: Tensor;
  /** Labels int32 [B]. */
  readonly y: Tensor;
  /** Radius in raw pixel units, []. */
  readonly epsilon: Tensor;
  /** Uniform noise in −1..1, by the names that `noise` gave. */
  readonly noise: Readonly<Record<string, Tensor>>;
  /** `train`: batch norm uses the statistics of each pass's own batch. */
  readonly mode: Mode;
  /** The network at any point, in `mode`. */
  forward(x: Tensor): ForwardResult;
}

export interface ObjectiveResult {
  /** [] */
  readonly loss: Tensor;
  /** The pass that made the loss: its statistics update the running ones, its logits count as predictions. */
  readonly final: ForwardResult;
  /** Further scalars to report. */
  readonly metrics: Readonly<Record<string, Tensor>>;
}

export interface Objective {
  /** Noise to be fed each step: name → shape, for batches of shape [B,C,H,W]. */
  noise(options: ObjectiveOptions, batchShape: Shape): Readonly<Record<string, Shape>>;
  evaluate(context: ObjectiveContext, options: ObjectiveOptions): ObjectiveResult;
}
