/** @file Training, evaluating and measuring in a thread: what it does, and the caller's side of training. */
import { performance } from 'node:perf_hooks';
import type { Dataset } from '../data/dataset.ts';
import { createRng } from '../data/rng.ts';
import type { CompileOptions } from '../engine/compile.ts';
import type { Pool, PoolOptions, TaskContext } from '../engine/threads/pool.ts';
import type { Network } from '../nn/network.ts';
import { batchPlan, prefetchedBatches } from './batchSource.ts';
import { evaluateAccuracies, type Accuracies } from './evaluate.ts';
import type { Checkpoint, EvaluationPlan, TrainData, TrainEpoch, TrainPlan, TrainProgress } from './plan.ts';
import type { SampleImages } from './measureBatches.ts';
import { measureNeurons, type NeuronPlan } from './measureNeurons.ts';
import type { NeuronRecord } from './neuronsSchema.ts';
import { trainLoop, type TrainHooks } from './trainLoop.ts';

/** Trains from a checkpoint to the plan's last epoch. */
export interface TrainTask {
  readonly plan: TrainPlan;
  readonly data: TrainData;
  readonly start: Checkpoint;
}

/** A network with its numbers, and how it is run. */
interface Trained {
  readonly network: Network;
  readonly numbers: Checkpoint['numbers'];
  readonly engine: CompileOptions;
}

/** Measures accuracies. */
export interface EvaluateTask extends Trained {
  readonly dataset: Dataset;
  readonly evaluation: EvaluationPlan;
  readonly seed: number | string;
}

/** Measures neurons. */
export interface MeasureTask extends Trained {
  readonly dataset: SampleImages;
  readonly plan: NeuronPlan;
}

export type TrainingMessage =
  | { readonly kind: 'step'; readonly progress: TrainProgress }
  | {
      readonly kind: 'epoch';
      readonly report: TrainEpoch;
      readonly checkpoint: Checkpoint;
      readonly isBest: boolean;
    }
  | { readonly kind: 'part'; readonly checkpoint: Checkpoint };

/** Milliseconds between reports of steps. */
const stepInterval = 200;

/** Hooks that run where the training runs. */
type InnerHooks = (plan: TrainPlan, data: TrainData) => Pick<TrainHooks, 'masksAt'>;

/** What a training thread can be asked for. */
export const trainingMethods = (innerHooks: InnerHooks = () => ({})) => ({
  async train(
    { plan, data, start }: TrainTask,
    { signal, progress }: TaskContext<TrainingMessage>,
  ): Promise<Checkpoint> {
    let reported = -Infinity;
    const hooks: TrainHooks = {
      ...innerHooks(plan, data),
      onStep(step) {
        const now = performance.now();
        if (now - reported < stepInterval) return;
        reported = now;
        progress({ kind: 'step', progress: step });
      },
      onEpoch: (report, checkpoint, isBest) => progress({ kind: 'epoch', report, checkpoint, isBest }),
      onPart: (checkpoint) => progress({ kind: 'part', checkpoint }),
    };
    const batches = prefetchedBatches(batchPlan(plan, data.train));
    try {
      return await trainLoop(plan, data, start, hooks, signal, batches);
    } finally {
      await batches.close();
    }
  },
  evaluate(task: EvaluateTask, { signal }: TaskContext): Promise<Accuracies> {
    const { network, numbers, dataset, evaluation, engine } = task;
    const rng = createRng(task.seed);
    return evaluateAccuracies(network, numbers, dataset, evaluation, { rng, engine, signal });
  },
  measure(
    { network, numbers, dataset, plan, engine }: MeasureTask,
    { signal }: TaskContext,
  ): Promise<NeuronRecord> {
    return measureNeurons(network, numbers, dataset, plan, { engine, signal });
  },
});

export type TrainPool = Pool<ReturnType<typeof trainingMethods>>;

/**
 * One thread: training uses the processors within an operation. A thread ended inside a run takes the process with it,
 * and a run of an evaluation may take seconds.
 */
export const trainPoolOptions: PoolOptions = { size: 1, abortGraceMilliseconds: 60_000 };

/**
 * `trainLoop` in a thread. Hooks of epochs and their parts run here, one after the other, and are all done when the promise settles; the
 * thread trains on meanwhile. A hook that fails ends the training.
 * @throws as `trainLoop`; the hook's error
 */
export async function trainInThread(
  pool: TrainPool,
  task: TrainTask,
  hooks: Pick<TrainHooks, 'onStep' | 'onEpoch' | 'onPart'> = {},
  signal?: AbortSignal,
): Promise<Checkpoint> {
  const failed = new AbortController();
  let epochs: Promise<void> = Promise.resolve();
  const onProgress = (message: TrainingMessage): void => {
    if (message.kind === 'step') hooks.onStep?.(message.progress);
    else
      epochs = epochs
        .then(() =>
          message.kind === 'part'
            ? hooks.onPart?.(message.checkpoint)
            : hooks.onEpoch?.(message.report, message.checkpoint, message.isBest),
        )
        .catch((error: unknown) => failed.abort(error));
  };
  const signals = signal ? [signal, failed.signal] : [failed.signal];
  try {
    return await pool.run('train', task, { signal: AbortSignal.any(signals), onProgress });
  } finally {
    await epochs;
    failed.signal.throwIfAborted();
  }
}
