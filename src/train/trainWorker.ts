/** @file The worker thread that trains and evaluates. */
import { performance } from 'node:perf_hooks';
import { createRng } from '../data/rng.ts';
import { serveTasks } from '../engine/serveTasks.ts';
import { evaluateAccuracies } from './evaluate.ts';
import { trainLoop, type TrainHooks } from './trainLoop.ts';
import type { TrainingAnswer, TrainingMessage, TrainingTask } from './trainTasks.ts';

/** Milliseconds between reports of steps. */
const stepInterval = 200;

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
  let reported = -Infinity;
  const hooks: TrainHooks = {
    onStep(step) {
      const now = performance.now();
      if (now - reported < stepInterval) return;
      reported = now;
      progress({ kind: 'step', progress: step });
    },
    onEpoch: (report, checkpoint, isBest) => progress({ kind: 'epoch', report, checkpoint, isBest }),
  };
  const checkpoint = await trainLoop(task.plan, task.data, task.start, hooks, signal);
  return { kind: 'train', checkpoint };
});
