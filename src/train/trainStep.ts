/** @file One training step as one program: attack, forward, backward, clipping, optimiser, running statistics. */
import { applyMasks, maskInputs } from '../nn/masks.ts';
import type { Network, Parameters } from '../nn/network.ts';
import { clipGradNorm } from '../nn/optimizers/clip.ts';
import type { Optimizer } from '../nn/optimizers/optimizer.ts';
import { parameterInputs } from '../nn/parameters.ts';
import { updateRunningStatistics } from '../nn/runningStatistics.ts';
import {
  add,
  correctCount,
  float32,
  int32,
  mul,
  valueAndGradWith,
  type Shape,
  type Tensor,
  type TensorSpec,
} from '../tensor/index.ts';
import { dropoutNoise, keepMasksFrom } from './dropout.ts';
import { objectiveContext } from './objectives/context.ts';
import type { Objective, ObjectiveOptions, ObjectiveResult } from './objectives/objective.ts';
import type { RegularizerSettings } from './regularizers/regularizer.ts';
import { regularizers as family } from './regularizers/regularizers.ts';

/** What distinguishes one step program from another. */
export interface TrainStepOptions {
  readonly network: Network;
  readonly objective: Objective;
  readonly objectiveOptions: ObjectiveOptions;
  /** Terms beside the objective, by name; their weights are fed each step. */
  readonly regularizers?: Readonly<Record<string, RegularizerSettings>>;
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
  /** Weights of the regularisers, by name. */
  readonly weights: Parameters<T>;
  /** What ran before the step found, for objectives with `blocks`; empty for others. */
  readonly found: Parameters<T>;
}

/** What a step returns. */
export interface TrainStepResult<T> {
  readonly state: TrainState<T>;
  /** Scalars: loss, correct (number of images), gradientNorm (before clipping), the objective's own, each regulariser's value. */
  readonly metrics: Parameters<T>;
}

/** Uniform noise in −1..1 that a step is fed, name → shape: the objective's, and dropout's. */
export function stepNoise({
  network,
  objective,
  objectiveOptions,
  batchSize,
}: Pick<TrainStepOptions, 'network' | 'objective' | 'objectiveOptions' | 'batchSize'>): Record<
  string,
  Shape
> {
  const own = objective.noise(objectiveOptions, [batchSize, ...network.inputShape]);
  return { ...own, ...dropoutNoise(network, batchSize) };
}

/** Shapes and types of the step's argument. */
export function trainStepSpecs(options: TrainStepOptions): TrainStepArguments<TensorSpec> {
  const { network, objective, optimizer, batchSize, maskKeys, regularizers = {} } = options;
  const { trainable, buffers } = parameterInputs(network);
  const batchShape = [batchSize, ...network.inputShape];
  const noise = Object.entries(stepNoise(options));
  return {
    state: { params: trainable, buffers, optimizer: optimizer.stateSpecs(trainable) },
    masks: maskInputs(network, maskKeys),
    x: float32(batchShape),
    y: int32([batchSize]),
    noise: Object.fromEntries(noise.map(([name, shape]: [string, Shape]) => [name, float32(shape)])),
    learningRate: float32([]),
    epsilon: float32([]),
    weights: Object.fromEntries(Object.keys(regularizers).map((name) => [name, float32([])])),
    found: Object.fromEntries(
      Object.entries(objective.blocks?.specs(network) ?? {}).map(([name, shape]: [string, Shape]) => [
        name,
        float32(shape),
      ]),
    ),
  };
}

/**
 * The step as a traceable function. Masked gradients and weights stay zero, so that neither momentum nor weight decay
 * revives a pruned weight; running statistics follow the pass that made the loss, once.
 */
export function trainStep(
  options: TrainStepOptions,
): (args: TrainStepArguments<Tensor>) => TrainStepResult<Tensor> {
  const { network, objective, objectiveOptions, optimizer, clip, regularizers = {} } = options;
  return ({ state, masks, x, y, noise, learningRate, epsilon, weights, found: before }) => {
    const { params, buffers } = state;
    const keepMasks = keepMasksFrom(network, noise);
    const lossOf = (trained: Parameters<Tensor>): readonly [Tensor, ObjectiveResult] => {
      const context = objectiveContext({
        network,
        params: { ...trained, ...buffers },
        x,
        y,
        epsilon,
        norm: objectiveOptions.norm,
        noise,
        mode: 'train',
        keepMasks,
      });
      const found = objective.blocks
        ? objective.blocks.evaluate(context, before)
        : objective.evaluate(context, objectiveOptions);
      let { loss } = found;
      const metrics: Record<string, Tensor> = { ...found.metrics };
      for (const [name, own] of Object.entries(regularizers)) {
        metrics[name] = family.named(name).evaluate(context, own, found.final);
        loss = add(loss, mul(metrics[name], weights[name]));
      }
      return [loss, { ...found, metrics }];
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
        buffers: updateRunningStatistics(buffers, final.statistics),
        optimizer: updated.state,
      },
      metrics: { loss, correct: correctCount(final.output, y), gradientNorm: norm, ...metrics },
    };
  };
}
