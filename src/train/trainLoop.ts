/** @file The training loop: epochs of steps, validation, checkpoints; the same bits after an interruption. */
import { performance } from 'node:perf_hooks';
import { setImmediate } from 'node:timers/promises';
import { batchesPerEpoch, epochBatches, type Batch } from '../data/batches.ts';
import { imageCount } from '../data/dataset.ts';
import { createRng, type Rng } from '../data/rng.ts';
import { compile, type Executable } from '../engine/compile.ts';
import { hostTensorOf, type HostTensor } from '../engine/hostTensor.ts';
import { createStateful, type StatefulRunner } from '../engine/stateful.ts';
import { UserError } from '../formats/userError.ts';
import { maskFeeds, maskNumbers, type Masks } from '../nn/masks.ts';
import type { Parameters } from '../nn/network.ts';
import { multiStepLr } from '../nn/optimizers/learningRate.ts';
import { buildOptimizer } from '../nn/optimizers/optimizers.ts';
import { splitParameters } from '../nn/parameters.ts';
import type { TensorSpec, Tensor } from '../tensor/index.ts';
import { evaluateAccuracies, type Accuracies } from './evaluate.ts';
import { objectiveNamed } from './objectives/objectives.ts';
import type { BestEpoch, Checkpoint, TrainData, TrainEpoch, TrainPlan, TrainProgress } from './plan.ts';
import { epsilonAt } from './schedules/epsilon.ts';
import {
  trainStep,
  trainStepSpecs,
  type TrainState,
  type TrainStepArguments,
  type TrainStepResult,
} from './trainStep.ts';

/** What others may do during training. */
export interface TrainHooks {
  /** After each step. */
  onStep?(progress: TrainProgress): void;
  /** After each epoch, awaited. The checkpoint's arrays are the receiver's to keep. */
  onEpoch?(report: TrainEpoch, checkpoint: Checkpoint, isBest: boolean): Promise<void> | void;
  /** Before each step: new masks for the same parameters, or undefined to keep the old. */
  masksAt?(position: { epoch: number; step: number; state: TrainState<HostTensor> }): Masks | undefined;
}

type StepRunner = StatefulRunner<TrainStepArguments<TensorSpec>, TrainStepResult<Tensor>>;

/**
 * Trains from a checkpoint to the plan's last epoch.
 * Order, augmentation and noise of an epoch follow from (seed, epoch, batch) alone, so a run continued from the
 * checkpoint of any epoch ends with the bits of an uninterrupted one.
 * @returns the last checkpoint
 * @throws UserError where the loss is not finite, naming epoch and step; the signal's reason once it is aborted
 */
export async function trainLoop(
  plan: TrainPlan,
  data: TrainData,
  start: Checkpoint,
  hooks: TrainHooks = {},
  signal?: AbortSignal,
): Promise<Checkpoint> {
  const rng = createRng(plan.seed);
  const step = compileStep(plan, Object.keys(start.masks));
  let masks = start.masks;
  const runner = createStateful(step, initialState(plan, step, start)) as StepRunner;
  const learningRateOf = multiStepLr(
    plan.learningRate.base,
    plan.learningRate.milestones,
    plan.learningRate.gamma,
  );
  let checkpoint = start;

  for (let epoch = start.epoch; epoch < plan.epochs; epoch++) {
    const began = performance.now();
    const learningRate = learningRateOf(epoch + (plan.learningRate.advance ?? 0));
    const epochRun = await runEpoch({ plan, data, rng, runner, masks, hooks, signal, epoch, learningRate });
    masks = epochRun.masks;
    const trainSeconds = (performance.now() - began) / 1e3;

    const numbers = numbersOf(runner.state());
    const accuracies = await validate(plan, data, numbers, rng, signal);
    const best = betterEpoch(plan, epoch, accuracies, checkpoint.best);
    const isBest = best?.epoch === epoch;
    const seconds = (performance.now() - began) / 1e3;
    checkpoint = {
      epoch: epoch + 1,
      numbers,
      masks,
      optimizer: arraysOf(runner.state().optimizer),
      best,
      seconds: checkpoint.seconds + seconds,
    };
    const report: TrainEpoch = {
      epoch,
      epochs: plan.epochs,
      ...epochRun.means,
      learningRate,
      epsilon: epochRun.epsilon,
      ...accuracies,
      seconds,
      imagesPerSecond: (epochRun.steps * plan.batchSize) / trainSeconds,
    };
    await hooks.onEpoch?.(report, checkpoint, isBest);
  }
  return checkpoint;
}

/** The step's program for a plan; `formulations` of the executable are its recorded kernel choices. */
export function compileStep(
  plan: TrainPlan,
  maskKeys: readonly string[],
): Executable<TrainStepArguments<TensorSpec>, TrainStepResult<Tensor>> {
  const options = {
    network: plan.network,
    objective: objectiveNamed(plan.objective),
    objectiveOptions: plan.objectiveOptions,
    optimizer: buildOptimizer(plan.optimizer, plan.optimizerOptions),
    batchSize: plan.batchSize,
    clip: plan.clip,
    maskKeys,
  };
  return compile(trainStep(options), trainStepSpecs(options), plan.engine);
}

/** Masked parameters, buffers, and the optimiser's state, zero where the checkpoint has none. */
function initialState(
  plan: TrainPlan,
  step: ReturnType<typeof compileStep>,
  { numbers, masks, optimizer }: Checkpoint,
): TrainState<Float32Array> {
  const { trainable, buffers } = splitParameters(plan.network, maskNumbers(numbers, masks));
  const slots: Record<string, Float32Array> = {};
  const prefix = 'state.optimizer.';
  for (const input of step.program.inputs) {
    const { name } = input.attributes;
    if (!name.startsWith(prefix)) continue;
    const key = name.slice(prefix.length);
    slots[key] = optimizer[key] ?? (hostTensorOf([], input).data as Float32Array);
  }
  return { params: trainable, buffers, optimizer: slots };
}

const arraysOf = (values: Parameters<HostTensor>): Record<string, Float32Array> =>
  Object.fromEntries(Object.entries(values).map(([key, { data }]) => [key, data.slice() as Float32Array]));

/** A copy of parameters and buffers. */
const numbersOf = ({ params, buffers }: TrainState<HostTensor>): Record<string, Float32Array> => ({
  ...arraysOf(params),
  ...arraysOf(buffers),
});

interface EpochArguments {
  readonly plan: TrainPlan;
  readonly data: TrainData;
  readonly rng: Rng;
  readonly runner: StepRunner;
  readonly masks: Masks;
  readonly hooks: TrainHooks;
  readonly signal: AbortSignal | undefined;
  readonly epoch: number;
  readonly learningRate: number;
}

/** All steps of one epoch. */
async function runEpoch({
  plan,
  data,
  rng,
  runner,
  hooks,
  signal,
  epoch,
  learningRate,
  ...args
}: EpochArguments) {
  const { train } = data;
  const steps = batchesPerEpoch(train, plan.batchSize);
  const batches = epochBatches({
    dataset: train,
    batchSize: plan.batchSize,
    rng,
    epoch,
    augment: plan.augment,
  });
  const noiseOf = noiseMaker(plan, rng, epoch);
  let { masks } = args;
  let feeds = maskFeeds(masks);
  let epsilon = 0;
  const totals = { loss: 0, correct: 0, gradientNorm: 0 };
  for (const batch of batches) {
    signal?.throwIfAborted();
    const step = batch.index;
    const changed = hooks.masksAt?.({ epoch, step, state: runner.state() });
    if (changed) {
      masks = changed;
      feeds = maskFeeds(masks);
      runner.setState(maskState(runner.state(), masks));
    }
    epsilon = epsilonAt(plan.epsilon, { epoch: epoch + 1, batch: step, batchesPerEpoch: steps });
    const { metrics } = (await runner.step({
      masks: feeds,
      x: batch.x,
      y: batch.y,
      noise: noiseOf(batch),
      learningRate,
      epsilon,
    })) as { metrics: Parameters<HostTensor> };
    const loss = metrics['loss'].data[0];
    if (!Number.isFinite(loss)) throw divergence(loss, epoch, step, learningRate);
    totals.loss += loss;
    totals.correct += metrics['correct'].data[0];
    totals.gradientNorm += metrics['gradientNorm'].data[0];
    hooks.onStep?.({ epoch, step, steps, loss });
    // Lets messages and signals in: a run blocks the event loop.
    await setImmediate();
  }
  const means = {
    loss: totals.loss / steps,
    trainAccuracy: totals.correct / (steps * plan.batchSize),
    gradientNorm: totals.gradientNorm / steps,
  };
  return { masks, means, epsilon, steps };
}

function divergence(loss: number, epoch: number, step: number, learningRate: number): UserError {
  return new UserError(
    `Training stopped: the loss became ${loss} in epoch ${epoch + 1}, step ${step + 1} (learning rate ${learningRate}). ` +
      'The checkpoint of the last whole epoch is kept. Try a smaller lr, or clip the gradient more (clip).',
  );
}

/** Noise for each batch of an epoch, from forks of its own. */
function noiseMaker(
  plan: TrainPlan,
  rng: Rng,
  epoch: number,
): (batch: Batch) => Record<string, Float32Array> {
  const shapes = objectiveNamed(plan.objective).noise(plan.objectiveOptions, [
    plan.batchSize,
    ...plan.network.inputShape,
  ]);
  return ({ index }) =>
    Object.fromEntries(
      Object.entries(shapes).map(([name, shape]) => {
        const values = new Float32Array(shape.reduce((n, d) => n * d, 1));
        return [name, rng.fork(`noise/${name}/${epoch}/${index}`).fillUniform(values, -1, 1)];
      }),
    );
}

/** Zeroes what the masks prune, in the parameters and in the optimiser's memory of them. */
function maskState(
  { params, buffers, optimizer }: TrainState<HostTensor>,
  masks: Masks,
): TrainState<Float32Array> {
  const slots: Record<string, Uint8Array> = {};
  for (const slot of Object.keys(optimizer)) {
    const mask = masks[slot.slice(slot.indexOf('/') + 1)];
    if (mask) slots[slot] = mask;
  }
  return {
    params: maskNumbers(arraysOf(params), masks),
    buffers: arraysOf(buffers),
    optimizer: maskNumbers(arraysOf(optimizer), slots),
  };
}

async function validate(
  plan: TrainPlan,
  { validation }: TrainData,
  numbers: Record<string, Float32Array>,
  rng: Rng,
  signal: AbortSignal | undefined,
): Promise<Accuracies | undefined> {
  if (imageCount(validation) === 0) return undefined;
  return evaluateAccuracies(plan.network, numbers, validation, plan.evaluation, {
    rng: rng.fork('validation'),
    engine: plan.engine,
    signal,
  });
}

/** The epoch just done if its accuracy is above the best so far, else that. */
function betterEpoch(
  { criterion }: TrainPlan,
  epoch: number,
  accuracies: Accuracies | undefined,
  best: BestEpoch | undefined,
): BestEpoch | undefined {
  const value = accuracies?.[criterion];
  if (value === undefined || (best && best.value >= value)) return best;
  return { epoch, criterion, value };
}
