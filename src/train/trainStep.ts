/** @file One training step as one program: attack, forward, backward, clipping, optimiser, running statistics. */
import { forward } from '../nn/forward.ts';
import { applyMasks, maskInputs } from '../nn/masks.ts';
import type { Network, Parameters } from '../nn/network.ts';
import { clipGradNorm } from '../nn/optimizers/clip.ts';
import type { Optimizer } from '../nn/optimizers/optimizer.ts';
import { parameterInputs } from '../nn/parameters.ts';
import { updateRunningStatistics } from '../nn/runningStatistics.ts';
import {
  correctCount,
  float32,
  int32,
  valueAndGradWith,
  type Shape,
  type Tensor,
  type TensorSpec,
} from '../tensor/index.ts';
import type { Objective, ObjectiveOptions, ObjectiveResult } from './objectives/objective.ts';

/** What distinguishes one step program from another. */
export interface TrainStepOptions {
  readonly network: Network;
  readonly objective: Objective;
  readonly objectiveOptions: ObjectiveOptions;
  readonly optimizer: Optimizer;
  readonly batchSize: number;
  /** Largest norm of the gradient; 0 for no clipping. */
  readonly clip: number;
  /** Parameters that have a mask. */
  readonly maskKeys: readonly string[];
}

/** What a step changes. */
export interface TrainState<T> {
  readonly params: Parameters<T>;
  readonly buffers: Parameters<T>;
  readonly optimizer: Parameters<T>;
}

/** The step's argument. */
export interface TrainStepArguments<T> {
  readonly state: TrainState<T>;
  readonly masks: Parameters<T>;
  /** Raw pixels 0..1 [B,C,H,W]. */
  readonly x: T;
  /** Labels int32 [B]. */
  readonly y: T;
  /** Uniform in −1..1. */
  readonly noise: Parameters<T>;
  readonly learningRate: T;
  readonly epsilon: T;
}

/** What a step returns. */
export interface TrainStepResult<T> {
  readonly state: TrainState<T>;
  /** Scalars: loss, correct (number of images), gradientNorm (before clipping), and the objective's own. */
  readonly metrics: Parameters<T>;
}

/** Shapes and types of the step's argument. */
export function trainStepSpecs(options: TrainStepOptions): TrainStepArguments<TensorSpec> {
  const { network, objective, objectiveOptions, optimizer, batchSize, maskKeys } = options;
  const { trainable, buffers } = parameterInputs(network);
  const batchShape = [batchSize, ...network.inputShape];
  const noise = Object.entries(objective.noise(objectiveOptions, batchShape));
  return {
    state: { params: trainable, buffers, optimizer: optimizer.stateSpecs(trainable) },
    masks: maskInputs(network, maskKeys),
    x: float32(batchShape),
    y: int32([batchSize]),
    noise: Object.fromEntries(noise.map(([name, shape]: [string, Shape]) => [name, float32(shape)])),
    learningRate: float32([]),
    epsilon: float32([]),
  };
}

/**
 * The step as a traceable function. Masked gradients and weights stay zero, so that neither momentum nor weight decay
 * revives a pruned weight; running statistics follow the pass that made the loss, once.
 */
export function trainStep(
  options: TrainStepOptions,
): (args: TrainStepArguments<Tensor>) => TrainStepResult<Tensor> {
  const { network, objective, objectiveOptions, optimizer, clip } = options;
  return ({ state, masks, x, y, noise, learningRate, epsilon }) => {
    const { params, buffers } = state;
    const lossOf = (trained: Parameters<Tensor>): readonly [Tensor, ObjectiveResult] => {
      const all = { ...trained, ...buffers };
      const found = objective.evaluate(
        {
          network,
          params: all,
          x,
          y,
          epsilon,
          noise,
          mode: 'train',
          forward: (at) => forward(network, all, at, { mode: 'train' }),
        },
        objectiveOptions,
      );
      return [found.loss, found];
    };
    const [loss, { final, metrics }, raw] = valueAndGradWith(lossOf)(params);
    const { gradients, norm } = clipGradNorm(applyMasks(raw, masks), clip);
    const updated = optimizer.update({
      params,
      gradients,
      state: state.optimizer,
      lr: learningRate,
    });
    return {
      state: {
        params: applyMasks(updated.params, masks),
        buffers: updateRunningStatistics(network, buffers, final.statistics),
        optimizer: updated.state,
      },
      metrics: { loss, correct: correctCount(final.output, y), gradientNorm: norm, ...metrics },
    };
  };
}
