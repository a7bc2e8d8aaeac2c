/** @file Verifying images in worker threads: the messages, and the caller's side. */
import { workerEntry } from '../engine/workerEntry.ts';
import { createPool, type WorkerPool } from '../engine/workerPool.ts';
import type { NumberedNetwork } from '../nn/foldBatchNorm.ts';
import type { ImageQuestion } from './files/answer.ts';
import type { SearchProgress } from './branchAndBound.ts';
import type { VerifyOptions } from './pipeline.ts';
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

/** The network that a pool's workers verify. */
export interface ImageWorkerData {
  readonly subject: NumberedNetwork;
}

export type ImagePool = WorkerPool<ImageTask, ImageAnswer, SearchProgress>;

/** A pool for one network; each worker has one thread and compiles the network's programs once. */
export function createImagePool(subject: NumberedNetwork, size: number): ImagePool {
  const workerData: ImageWorkerData = { subject };
  return createPool({ size, entry: workerEntry(import.meta.url, './imageWorker.ts'), workerData });
}
