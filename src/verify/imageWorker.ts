/** @file The worker thread that verifies images of one network. */
import { serveTasks } from '../engine/serveTasks.ts';
import type { SearchProgress } from './branchAndBound.ts';
import { decideImage } from './files/decideImage.ts';
import type { ImageAnswer, ImageTask, ImageWorkerData } from './imageTasks.ts';
import { createVerifier, type Verifier } from './pipeline.ts';
import { prepareNetwork } from './prepare.ts';

let verifier: Promise<Verifier> | undefined;

serveTasks<ImageTask, ImageAnswer, SearchProgress, ImageWorkerData>(
  async ({ question, options }, { workerData, signal, progress }) => {
    const started = performance.now();
    verifier ??= createVerifier(prepareNetwork(workerData.subject), { threads: 1 });
    const seconds = (): number => (performance.now() - started) / 1000;
    const { timeoutSeconds = Infinity } = options;
    const { prediction, result } = await decideImage(await verifier, question, () => ({
      ...options,
      timeoutSeconds: timeoutSeconds - seconds(),
      signal,
      onProgress: progress,
    }));
    return { prediction, result: { ...result, seconds: seconds() } };
  },
);
