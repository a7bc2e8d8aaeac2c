/** @file The worker thread that verifies images of one network. */
import { serveTasks } from '../engine/serveTasks.ts';
import type { SearchProgress } from './branchAndBound.ts';
import type { ImageAnswer, ImageTask, ImageWorkerData } from './imageTasks.ts';
import { createVerifier, type Verifier } from './pipeline.ts';
import { prepareNetwork } from './prepare.ts';
import { robustness } from './specification.ts';

let verifier: Promise<Verifier> | undefined;

serveTasks<ImageTask, ImageAnswer, SearchProgress, ImageWorkerData>(
  async (task, { workerData, signal, progress }) => {
    const started = performance.now();
    verifier ??= createVerifier(prepareNetwork(workerData.subject), { threads: 1 });
    const { verify, replayer } = await verifier;
    const outputs = await replayer.outputs(task.pixels);
    const prediction = outputs.reduce((best, v, i) => (v > outputs[best] ? i : best), 0);
    const seconds = (): number => (performance.now() - started) / 1000;
    if (prediction !== task.label) {
      const witness = { input: task.pixels, outputs: outputs.slice() };
      return {
        prediction,
        result: {
          verdict: { kind: 'falsified', by: 'clean', witness },
          seconds: seconds(),
          domains: 0,
          lowerBound: -Infinity,
          unstableRatio: {},
        },
      };
    }
    const { timeoutSeconds = Infinity } = task.options;
    const { pixels, label, epsilon, norm } = task;
    const spec = robustness(pixels, label, outputs.length, epsilon, 'all', outputs, norm);
    const result = await verify(spec, {
      ...task.options,
      timeoutSeconds: timeoutSeconds - seconds(),
      signal,
      onProgress: progress,
    });
    return { prediction, result: { ...result, seconds: seconds() } };
  },
);
