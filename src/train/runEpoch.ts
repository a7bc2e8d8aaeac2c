/** @file The steps of one epoch, from any of them on, and what stands between two steps. */
import { performance } from 'node:perf_hooks';
import { setImmediate } from 'node:timers/promises';
import { batchesPerEpoch } from '../data/batches.ts';
import type { HostTensor } from '../engine/hostTensor.ts';
import { UserError } from '../formats/userError.ts';
import { maskFeeds, maskNumbers, type Masks } from '../nn/masks.ts';
import type { Parameters } from '../nn/network.ts';
import type { BatchSource } from './batchSource.ts';
import type { Checkpoint, EpochPart, TrainData, TrainEpoch, TrainPlan, TrainProgress } from './plan.ts';
import { regularizerWeight } from './regularizers/regularizer.ts';
import type { EpsilonSchedule, Position } from './schedules/epsilon.ts';
import { learningRateAt } from './schedules/learningRate.ts';
import { runStep, type StepMachine } from './stepMachine.ts';
import type { TrainState } from './trainStep.ts';

/** What others may do during training. */
export interface TrainHooks {
  /** After each step. */
  onStep?(progress: TrainProgress): void;
  /** After each epoch, awaited. The checkpoint's arrays are the receiver's to keep. */
  onEpoch?(report: TrainEpoch, checkpoint: Checkpoint, isBest: boolean): Promise<void> | void;
  /**
   * Within an epoch: every `partSeconds`, and where the signal ends the training. The checkpoint is of the steps so far;
   * its arrays are the receiver's to keep.
   */
  onPart?(checkpoint: Checkpoint): void;
  /** Default 120. */
  readonly partSeconds?: number;
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

/** A copy of values by key. */
export const arraysOf = (values: Parameters<HostTensor>): Record<string, Float32Array> =>
  Object.fromEntries(Object.entries(values).map(([key, { data }]) => [key, data.slice() as Float32Array]));

/** A copy of parameters and buffers. */
export const numbersOf = ({ params, buffers }: TrainState<HostTensor>): Record<string, Float32Array> => ({
  ...arraysOf(params),
  ...arraysOf(buffers),
});

interface EpochArguments {
  readonly plan: TrainPlan;
  readonly data: TrainData;
  readonly batches: BatchSource;
  readonly machine: StepMachine;
  readonly schedule: EpsilonSchedule;
  /** Moved on by each step that is done. */
  readonly position: EpochPosition;
  readonly hooks: TrainHooks;
  readonly signal: AbortSignal | undefined;
  readonly epoch: number;
  readonly tellPart: () => void;
}

/** Where an epoch is, between two steps. */
interface EpochPosition extends Omit<EpochPart, 'totals' | 'seconds'> {
  step: number;
  learningRate: number;
  epsilon: number;
  masks: Masks;
  /** What the ε schedule remembers. */
  schedule: Readonly<Record<string, number>>;
  readonly totals: Record<string, number>;
}

/** @param part what of the epoch is done already */
export const beginEpoch = (
  masks: Masks,
  schedule: EpsilonSchedule,
  part: EpochPart | undefined,
): EpochPosition => ({
  step: part?.step ?? 0,
  learningRate: part?.learningRate ?? 0,
  epsilon: part?.epsilon ?? 0,
  masks,
  schedule: schedule.state(),
  totals: { ...part?.totals },
});

/** All steps of one epoch, or those that are left of it. */
export async function runEpoch({
  plan,
  data,
  batches,
  machine,
  schedule,
  position: done,
  hooks,
  signal,
  epoch,
  tellPart,
}: EpochArguments) {
  const { train } = data;
  const steps = batchesPerEpoch(train, plan.batchSize);
  const { partSeconds = 120 } = hooks;
  let told = performance.now();
  let feeds = maskFeeds(done.masks);
  for (let { step } = done; step < steps; step++) {
    signal?.throwIfAborted();
    const position = { epoch: epoch + 1, batch: step, batchesPerEpoch: steps };
    const epsilon = schedule.at(position);
    const learningRate = learningRateAt(plan.learningRate, { ...position, epoch }, plan.epochs);
    const ready = await machine.at(epsilon);
    const { runner, noise } = ready;
    const changed = await hooks.masksAt?.({
      epoch,
      step,
      stepsPerEpoch: steps,
      masks: done.masks,
      state: runner.state(),
    });
    if (changed) {
      done.masks = changed;
      feeds = maskFeeds(changed);
      runner.setState(maskState(runner.state(), changed));
    }
    const inputs = await batches.at({ epoch, step, noise });
    const metrics = await runStep(
      ready,
      { masks: feeds, ...inputs, learningRate, epsilon, weights: weightsAt(plan, position) },
      // A step with new masks is done to its end: what is kept is the state between two steps.
      changed ? undefined : signal,
    );
    const loss = metrics['loss'].data[0];
    if (!Number.isFinite(loss)) throw divergence(loss, epoch, step, learningRate);
    schedule.observe(loss, position);
    const { totals } = done;
    for (const [name, { data }] of Object.entries(metrics)) totals[name] = (totals[name] ?? 0) + data[0];
    Object.assign(done, { step: step + 1, learningRate, epsilon, schedule: schedule.state() });
    hooks.onStep?.({ epoch, step, steps, loss });
    if (performance.now() - told >= 1e3 * partSeconds && step + 1 < steps) {
      tellPart();
      told = performance.now();
    }
    // Lets messages and signals in: a run blocks the event loop.
    await setImmediate();
  }
  const { loss = 0, correct = 0, gradientNorm = 0, ...others } = done.totals;
  const terms = Object.fromEntries(Object.entries(others).map(([name, total]) => [name, total / steps]));
  const means = {
    loss: loss / steps,
    trainAccuracy: correct / (steps * plan.batchSize),
    gradientNorm: gradientNorm / steps,
    ...(Object.keys(terms).length > 0 && { terms }),
  };
  return { means, epsilon: done.epsilon, learningRate: done.learningRate, steps };
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
