/** @file Verifying images of one network in threads of their own. */
import type { TaskContext } from '../engine/threads/pool.ts';
import { threadService } from '../engine/threads/service.ts';
import type { NumberedNetwork } from '../nn/foldBatchNorm.ts';
import type { ImageQuestion } from './files/answer.ts';
import type { SearchProgress } from './branchAndBound.ts';
import { decideImage } from './files/decideImage.ts';
import { createVerifier, type VerifyOptions } from './pipeline.ts';
import { prepareNetwork } from './prepare.ts';
import type { VerificationResult } from './verdict.ts';

/** One image whose label is to be proved stable within a ball. */
export interface ImageTask {
  readonly question: ImageQuestion;
  readonly options: Omit<VerifyOptions, 'signal' | 'onProgress'>;
}

export interface ImageAnswer {
  readonly prediction: number;
  readonly result: VerificationResult;
}

/** Each thread has its operations to itself and compiles the network's programs once. */
export const imageThreads = threadService(import.meta.url, (subject: NumberedNetwork) => {
  const verifier = createVerifier(prepareNetwork(subject), { threads: 1 });
  return {
    async verify(
      { question, options }: ImageTask,
      { signal, progress }: TaskContext<SearchProgress>,
    ): Promise<ImageAnswer> {
      const started = performance.now();
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
  };
});
