/** @file The training loop: epochs of steps, validation, checkpoints; the same bits after an interruption. */
import { performance } from 'node:perf_hooks';
import { setImmediate } from 'node:timers/promises';
import { batchesPerEpoch } from '../data/batches.ts';
import { imageCount } from '../data/dataset.ts';
import { createRng, type Rng } from '../data/rng.ts';
import type { HostTensor } from '../engine/hostTensor.ts';
import { UserError } from '../formats/userError.ts';
import { maskFeeds, maskNumbers, type Masks } from '../nn/masks.ts';
import type { Parameters } from '../nn/network.ts';
import { batchPlan, directBatches, type BatchSource } from './batchSource.ts';
import { certifiedMetrics, type CertifiedMetrics } from './certify.ts';
import { evaluateAccuracies, type Accuracies } from './evaluate.ts';
import type { BestEpoch, Checkpoint, TrainData, TrainEpoch, TrainPlan, TrainProgress } from './plan.ts';
import { regularizerWeight } from './regularizers/regularizer.ts';
import { epsilonSchedule, type EpsilonSchedule, type Position } from './schedules/epsilon.ts';
import { learningRateAt } from './schedules/learningRate.ts';
import { runStep, stepMachine, type StepMachine } from './stepMachine.ts';
import type { TrainState } from './trainStep.ts';

/** What others may do during training. */
export interface TrainHooks {
  /** After each step. */
  onStep?(progress: TrainProgress): void;
  /** After each epoch, awaited. The checkpoint's arrays are the receiver's to keep. */
  onEpoch?(report: TrainEpoch, checkpoint: Checkpoint, isBest: boolean): Promise<void> | void;
  /** Before each step, awaited: new masks for the same parameters, or undefined to keep the old. */
  masksAt?(position: MaskPosition): Promise<Masks | undefined> | Masks | undefined;
}

/** Where training is when it asks for masks. */
export interface MaskPosition {
  /** From 0. */
  readonly epoch: number;
  /** Within the epoch, from 0. */
  readonly step: number;
  readonly stepsPerEpoch: number;
  readonly masks: Masks;
  readonly state: TrainState<HostTensor>;
}

/**
 * Trains from a checkpoint to the plan's last epoch.
 * Order, augmentation and noise of an epoch follow from (seed, epoch, batch) alone, so a run continued from the
 * checkpoint of any epoch ends with the bits of an uninterrupted one.
 * @param batches of the plan's training images; the caller closes it
 * @returns the last checkpoint
 * @throws UserError where the loss is not finite, naming epoch and step; the signal's reason once it is aborted
 */
export async function trainLoop(
  plan: TrainPlan,
  data: TrainData,
  start: Checkpoint,
  hooks: TrainHooks = {},
  signal?: AbortSignal,
  batches: BatchSource = directBatches(batchPlan(plan, data.train)),
): Promise<Checkpoint> {
  const rng = createRng(plan.seed);
  let masks = start.masks;
  const machine = stepMachine(plan, start);
  const schedule = epsilonSchedule(plan.epsilon, start.schedule);
  let checkpoint = start;

  for (let epoch = start.epoch; epoch < plan.epochs; epoch++) {
    const began = performance.now();
    const epochRun = await runEpoch({
      plan,
      data,
      batches,
      machine,
      schedule,
      masks,
      hooks,
      signal,
      epoch,
    });
    masks = epochRun.masks;
    const trainSeconds = (performance.now() - began) / 1e3;

    const numbers = numbersOf(machine.state());
    const accuracies = await validate(plan, data, numbers, rng, signal);
    const best = betterEpoch(plan, epoch, accuracies, checkpoint.best);
    const isBest = best?.epoch === epoch;
    const seconds = (performance.now() - began) / 1e3;
    checkpoint = {
      epoch: epoch + 1,
      numbers,
      masks,
      optimizer: arraysOf(machine.state().optimizer),
      schedule: schedule.state(),
      best,
      seconds: checkpoint.seconds + seconds,
    };
    const report: TrainEpoch = {
      epoch,
      epochs: plan.epochs,
      ...epochRun.means,
      learningRate: epochRun.learningRate,
      epsilon: epochRun.epsilon,
      ...accuracies,
      seconds,
      imagesPerSecond: (epochRun.steps * plan.batchSize) / trainSeconds,
    };
    await hooks.onEpoch?.(report, checkpoint, isBest);
  }
  return checkpoint;
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
  readonly batches: BatchSource;
  readonly machine: StepMachine;
  readonly schedule: EpsilonSchedule;
  readonly masks: Masks;
  readonly hooks: TrainHooks;
  readonly signal: AbortSignal | undefined;
  readonly epoch: number;
}

/** All steps of one epoch. */
async function runEpoch({
  plan,
  data,
  batches,
  machine,
  schedule,
  hooks,
  signal,
  epoch,
  ...args
}: EpochArguments) {
  const { train } = data;
  const steps = batchesPerEpoch(train, plan.batchSize);
  let { masks } = args;
  let feeds = maskFeeds(masks);
  let epsilon = 0;
  let learningRate = 0;
  const totals: Record<string, number> = {};
  for (let step = 0; step < steps; step++) {
    signal?.throwIfAborted();
    const position = { epoch: epoch + 1, batch: step, batchesPerEpoch: steps };
    epsilon = schedule.at(position);
    learningRate = learningRateAt(plan.learningRate, { ...position, epoch }, plan.epochs);
    const ready = await machine.at(epsilon);
    const { runner, noise } = ready;
    const changed = await hooks.masksAt?.({
      epoch,
      step,
      stepsPerEpoch: steps,
      masks,
      state: runner.state(),
    });
    if (changed) {
      masks = changed;
      feeds = maskFeeds(masks);
      runner.setState(maskState(runner.state(), masks));
    }
    const inputs = await batches.at({ epoch, step, noise });
    const metrics = await runStep(
      ready,
      { masks: feeds, ...inputs, learningRate, epsilon, weights: weightsAt(plan, position) },
      signal,
    );
    const loss = metrics['loss'].data[0];
    if (!Number.isFinite(loss)) throw divergence(loss, epoch, step, learningRate);
    schedule.observe(loss, position);
    for (const [name, { data }] of Object.entries(metrics)) totals[name] = (totals[name] ?? 0) + data[0];
    hooks.onStep?.({ epoch, step, steps, loss });
    // Lets messages and signals in: a run blocks the event loop.
    await setImmediate();
  }
  const { loss = 0, correct = 0, gradientNorm = 0, ...others } = totals;
  const terms = Object.fromEntries(Object.entries(others).map(([name, total]) => [name, total / steps]));
  const means = {
    loss: loss / steps,
    trainAccuracy: correct / (steps * plan.batchSize),
    gradientNorm: gradientNorm / steps,
    ...(Object.keys(terms).length > 0 && { terms }),
  };
  return { masks, means, epsilon, learningRate, steps };
}

function divergence(loss: number, epoch: number, step: number, learningRate: number): UserError {
  return new UserError(
    `Training stopped: the loss became ${loss} in epoch ${epoch + 1}, step ${step + 1} (learning rate ${learningRate}). ` +
      'The checkpoint of the last whole epoch is kept. Try a smaller lr, or clip the gradient more (clip).',
  );
}

const weightsAt = ({ regularizers = {} }: TrainPlan, position: Position): Record<string, number> =>
  Object.fromEntries(Object.entries(regularizers).map(([name, r]) => [name, regularizerWeight(r, position)]));

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
): Promise<(Accuracies & Partial<CertifiedMetrics>) | undefined> {
  if (imageCount(validation) === 0) return undefined;
  const { network, evaluation, engine } = plan;
  const accuracies = await evaluateAccuracies(network, numbers, validation, evaluation, {
    rng: rng.fork('validation'),
    engine,
    signal,
  });
  if (!plan.certify) return accuracies;
  const certified = await certifiedMetrics(network, numbers, validation, plan.certify, { engine, signal });
  return { ...accuracies, ...certified };
}

/** The epoch just done if its accuracy is above the best so far, else that. */
function betterEpoch(
  { criterion, bestFrom = 0 }: TrainPlan,
  epoch: number,
  accuracies: (Accuracies & Partial<CertifiedMetrics>) | undefined,
  best: BestEpoch | undefined,
): BestEpoch | undefined {
  const value = accuracies?.[criterion];
  if (epoch < bestFrom || value === undefined || (best && best.value >= value)) return best;
  return { epoch, criterion, value };
}
