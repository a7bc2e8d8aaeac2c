/** @file What a worker thread does that trains, evaluates and measures. */
import { performance } from 'node:perf_hooks';
import { createRng } from '../data/rng.ts';
import { serveTasks } from '../engine/serveTasks.ts';
import { batchPlan, prefetchedBatches } from './batchSource.ts';
import { evaluateAccuracies } from './evaluate.ts';
import { measureNeurons } from './measureNeurons.ts';
import { trainLoop, type TrainHooks } from './trainLoop.ts';
import type { TrainingAnswer, TrainingMessage, TrainingTask, TrainTask } from './trainTasks.ts';

/** Milliseconds between reports of steps. */
const stepInterval = 200;

/** Hooks that run where the training runs. */
export type InnerHooks = Pick<TrainHooks, 'masksAt'>;

/** Answers the tasks of a training pool; to be called once, by the worker's own file. */
export function serveTraining(innerHooks: (task: TrainTask) => InnerHooks = () => ({})): void {
  serveTasks<TrainingTask, TrainingAnswer, TrainingMessage>(async (task, { signal, progress }) => {
    if (task.kind === 'evaluate') {
      const { network, numbers, dataset, evaluation, engine } = task;
      const rng = createRng(task.seed);
      const accuracies = await evaluateAccuracies(network, numbers, dataset, evaluation, {
        rng,
        engine,
        signal,
      });
      return { kind: 'evaluate', accuracies };
    }
    if (task.kind === 'measure') {
      const { network, numbers, dataset, plan, engine } = task;
      const record = await measureNeurons(network, numbers, dataset, plan, { engine, signal });
      return { kind: 'measure', record };
    }
    let reported = -Infinity;
    const hooks: TrainHooks = {
      ...innerHooks(task),
      onStep(step) {
        const now = performance.now();
        if (now - reported < stepInterval) return;
        reported = now;
        progress({ kind: 'step', progress: step });
      },
      onEpoch: (report, checkpoint, isBest) => progress({ kind: 'epoch', report, checkpoint, isBest }),
    };
    const batches = prefetchedBatches(batchPlan(task.plan, task.data.train));
    try {
      const checkpoint = await trainLoop(task.plan, task.data, task.start, hooks, signal, batches);
      return { kind: 'train', checkpoint };
    } finally {
      await batches.close();
    }
  });
}
