/** @file Where a training step's images and noise come from: made on the spot, or ahead of time by a thread of its own. */
import type { Augmentation } from '../data/augment.ts';
import { batchesPerEpoch, epochBatches, type Batch } from '../data/batches.ts';
import type { Dataset } from '../data/dataset.ts';
import { createRng } from '../data/rng.ts';
import type { TaskContext } from '../engine/threads/pool.ts';
import { threadService } from '../engine/threads/service.ts';
import { sizeOf, type Shape } from '../tensor/index.ts';
import type { TrainPlan } from './plan.ts';

/** What a step is fed beside state and schedules. */
export interface StepInputs {
  /** Raw pixels [B,C,H,W]. */
  readonly x: Float32Array;
  /** [B] */
  readonly y: Int32Array;
  /** Uniform in −1..1, by name. */
  readonly noise: Readonly<Record<string, Float32Array>>;
}

/** A step of an epoch, both from 0, and the noise it needs: name → shape. */
export interface StepRequest {
  readonly epoch: number;
  readonly step: number;
  readonly noise: Readonly<Record<string, Shape>>;
}

export interface BatchSource {
  /** Asked in the order of the steps. The arrays hold until the next call. */
  at(request: StepRequest): Promise<StepInputs>;
  close(): Promise<void>;
}

/** What batches follow from: with the same values every source gives the same bits. */
export interface BatchPlan {
  readonly dataset: Dataset;
  readonly batchSize: number;
  readonly augment: Augmentation;
  readonly seed: number | string;
}

/** A plan's training batches. */
export const batchPlan = ({ batchSize, augment, seed }: TrainPlan, dataset: Dataset): BatchPlan => ({
  dataset,
  batchSize,
  augment,
  seed,
});

/** Noise of one step, each name from a fork of its own. */
function noiseOf(seed: number | string, { epoch, step, noise }: StepRequest): Record<string, Float32Array> {
  const rng = createRng(seed);
  return Object.fromEntries(
    Object.entries(noise).map(([name, shape]) => {
      const values = new Float32Array(sizeOf(shape));
      return [name, rng.fork(`noise/${name}/${epoch}/${step}`).fillUniform(values, -1, 1)];
    }),
  );
}

/** Makes any step's inputs; an epoch's steps in order cost one shuffle. */
function batchMaker({ dataset, batchSize, augment, seed }: BatchPlan): (r: StepRequest) => StepInputs {
  let open: { epoch: number; next: number; batches: Generator<Batch, void> } | undefined;
  return (request) => {
    const { epoch, step } = request;
    if (open?.epoch !== epoch || open.next !== step) {
      const rng = createRng(seed);
      const batches = epochBatches({ dataset, batchSize, rng, epoch, augment, firstBatch: step });
      open = { epoch, next: step, batches };
    }
    open.next++;
    const { value: batch } = open.batches.next();
    if (!batch) throw new RangeError(`epoch ${epoch} has no step ${step}`);
    return { x: batch.x, y: batch.y, noise: noiseOf(seed, request) };
  };
}

/** Makes each step's inputs when they are asked for. */
export function directBatches(plan: BatchPlan): BatchSource {
  const make = batchMaker(plan);
  return { at: (request) => Promise.resolve(make(request)), close: () => Promise.resolve() };
}

/** A thread that makes batches ahead of the steps. */
const batchThreads = threadService(import.meta.url, (plan: BatchPlan) => {
  const make = batchMaker(plan);
  return {
    make(request: StepRequest, { transfer }: TaskContext): StepInputs {
      const { x, y, noise } = make(request);
      // Memory of their own, to be handed over.
      const inputs = { x: x.slice(), y: y.slice(), noise };
      for (const array of [inputs.x, inputs.y, ...Object.values(noise)])
        transfer(array.buffer as ArrayBuffer);
      return inputs;
    },
  };
});

/**
 * A thread of its own makes the next step's inputs while this one computes. Noise of other names or shapes than the
 * step before had (a change of objective) is made on the spot.
 */
export function prefetchedBatches(plan: BatchPlan): BatchSource {
  const pool = batchThreads.open(plan, { size: 1 });
  const steps = batchesPerEpoch(plan.dataset, plan.batchSize);
  let ahead: { request: StepRequest; inputs: Promise<StepInputs> } | undefined;
  const order = (request: StepRequest): Promise<StepInputs> => {
    const inputs = pool.run('make', request);
    // Whoever asks for it is told of a failure; one that nobody asks for any more is none.
    inputs.catch(() => undefined);
    return inputs;
  };
  return {
    async at(request) {
      const { epoch, step, noise } = request;
      const isNext = ahead?.request.epoch === epoch && ahead.request.step === step;
      const { x, y, noise: made } = await (isNext ? ahead!.inputs : order(request));
      const following = { epoch, step: step + 1, noise };
      ahead = step + 1 < steps ? { request: following, inputs: order(following) } : undefined;
      const fits = Object.entries(noise).every(([name, shape]) => made[name]?.length === sizeOf(shape));
      return { x, y, noise: fits ? pick(made, noise) : noiseOf(plan.seed, request) };
    },
    close: () => pool.close(),
  };
}

const pick = (made: StepInputs['noise'], wanted: StepRequest['noise']): StepInputs['noise'] =>
  Object.fromEntries(Object.keys(wanted).map((name) => [name, made[name]]));
