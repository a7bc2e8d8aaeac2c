/** @file Training in a worker thread: the messages, and the caller's side. */
import type { Dataset } from '../data/dataset.ts';
import type { CompileOptions } from '../engine/compile.ts';
import { workerEntry } from '../engine/workerEntry.ts';
import { createPool, type WorkerPool } from '../engine/workerPool.ts';
import type { Network } from '../nn/network.ts';
import type { Accuracies } from './evaluate.ts';
import type { Checkpoint, EvaluationPlan, TrainData, TrainEpoch, TrainPlan, TrainProgress } from './plan.ts';
import type { SampleImages } from './measureBatches.ts';
import type { NeuronPlan } from './measureNeurons.ts';
import type { NeuronRecord } from './neuronRecord.ts';
import type { TrainHooks } from './trainLoop.ts';

/** Trains from a checkpoint to the plan's last epoch. */
export interface TrainTask {
  readonly kind: 'train';
  readonly plan: TrainPlan;
  readonly data: TrainData;
  readonly start: Checkpoint;
}

/** Measures accuracies. */
export interface EvaluateTask {
  readonly kind: 'evaluate';
  readonly network: Network;
  readonly numbers: Checkpoint['numbers'];
  readonly dataset: Dataset;
  readonly evaluation: EvaluationPlan;
  readonly seed: number | string;
  readonly engine: CompileOptions;
}

/** Measures neurons. */
export interface MeasureTask {
  readonly kind: 'measure';
  readonly network: Network;
  readonly numbers: Checkpoint['numbers'];
  readonly dataset: SampleImages;
  readonly plan: NeuronPlan;
  readonly engine: CompileOptions;
}

export type TrainingTask = TrainTask | EvaluateTask | MeasureTask;

export type TrainingAnswer =
  | { readonly kind: 'train'; readonly checkpoint: Checkpoint }
  | { readonly kind: 'evaluate'; readonly accuracies: Accuracies }
  | { readonly kind: 'measure'; readonly record: NeuronRecord };

export type TrainingMessage =
  | { readonly kind: 'step'; readonly progress: TrainProgress }
  | {
      readonly kind: 'epoch';
      readonly report: TrainEpoch;
      readonly checkpoint: Checkpoint;
      readonly isBest: boolean;
    };

export type TrainPool = WorkerPool<TrainingTask, TrainingAnswer, TrainingMessage>;

/** A worker ended inside a run takes the process with it, and a run of an evaluation may take seconds. */
const abortGraceMilliseconds = 60_000;

/**
 * One worker by default: training uses its threads within an operation.
 * @param entry the worker's file, which calls `serveTraining`
 */
export const createTrainPool = (
  size = 1,
  entry = workerEntry(import.meta.url, './trainWorker.ts'),
): TrainPool => createPool({ size, entry, abortGraceMilliseconds });

/**
 * `trainLoop` in a worker. Epoch hooks run here, one after the other, and are all done when the promise settles; the
 * worker trains on meanwhile. A hook that fails ends the training.
 * @throws as `trainLoop`; the hook's error
 */
export async function trainInWorker(
  pool: TrainPool,
  plan: TrainPlan,
  data: TrainData,
  start: Checkpoint,
  hooks: Pick<TrainHooks, 'onStep' | 'onEpoch'> = {},
  signal?: AbortSignal,
): Promise<Checkpoint> {
  const failed = new AbortController();
  let epochs: Promise<void> = Promise.resolve();
  const onProgress = (message: TrainingMessage): void => {
    if (message.kind === 'step') hooks.onStep?.(message.progress);
    else
      epochs = epochs
        .then(() => hooks.onEpoch?.(message.report, message.checkpoint, message.isBest))
        .catch((error: unknown) => failed.abort(error));
  };
  const signals = signal ? [signal, failed.signal] : [failed.signal];
  try {
    const answer = await pool.run(
      { kind: 'train', plan, data, start },
      { signal: AbortSignal.any(signals), onProgress },
    );
    if (answer.kind !== 'train') throw new Error('the training worker answered another task');
    return answer.checkpoint;
  } finally {
    await epochs;
    failed.signal.throwIfAborted();
  }
}

/** `evaluateAccuracies` in a worker. */
export async function evaluateInWorker(
  pool: TrainPool,
  task: Omit<EvaluateTask, 'kind'>,
  signal?: AbortSignal,
): Promise<Accuracies> {
  const answer = await pool.run({ kind: 'evaluate', ...task }, { signal });
  if (answer.kind !== 'evaluate') throw new Error('the training worker answered another task');
  return answer.accuracies;
}

/** `measureNeurons` in a worker. */
export async function measureInWorker(
  pool: TrainPool,
  task: Omit<MeasureTask, 'kind'>,
  signal?: AbortSignal,
): Promise<NeuronRecord> {
  const answer = await pool.run({ kind: 'measure', ...task }, { signal });
  if (answer.kind !== 'measure') throw new Error('the training worker answered another task');
  return answer.record;
}
