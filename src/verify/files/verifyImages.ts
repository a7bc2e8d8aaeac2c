/** @file Many questions about one network, several side by side, each answering process with one thread. */
import { availableParallelism } from 'node:os';
import { type Answer, type ImageQuestion, type Limits, type TaskProgress } from './answer.ts';
import { steadyClock } from '../steadyClock.ts';
import { errorOf } from './errorOf.ts';
import type { Subject } from './subject.ts';
import { verifyingProcess } from './verifyingProcess.ts';

export interface ImagesTask {
  readonly subject: Subject;
  readonly indices: readonly number[];
  readonly question: (index: number) => ImageQuestion;
  /** Of one image. */
  readonly limits: Limits;
  /** Processes; default one a processor. */
  readonly workers?: number;
}

export interface ImagesOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: TaskProgress, index: number) => void;
  /** Called in the order of completion. */
  readonly onAnswer: (answer: Answer, index: number) => void | Promise<void>;
}

/**
 * Answers every index. The time of an image begins when a process takes it up; the first of each process also
 * pays for reading and preparing the network.
 * @throws what made an answer an `error`: of images of one network it concerns all; the signal's reason
 */
export async function verifyImages(task: ImagesTask, options: ImagesOptions): Promise<void> {
  const { subject, indices, question, limits, workers = availableParallelism() } = task;
  const { signal, onProgress, onAnswer } = options;
  let next = 0;
  const processes = Array.from({ length: Math.min(workers, indices.length) }, () => verifyingProcess());
  const threads = limits.threads ?? (processes.length > 1 ? 1 : availableParallelism());
  try {
    await Promise.all(
      processes.map(async (process) => {
        for (let at = next++; at < indices.length; at = next++) {
          const index = indices[at];
          const answer = await process.ask(
            { subject, question: question(index), limits: { ...limits, threads, startedAt: steadyClock() } },
            { signal, onProgress: (progress) => onProgress?.(progress, index) },
          );
          if (answer.result === 'error') throw errorOf(answer);
          await onAnswer(answer, index);
        }
      }),
    );
  } finally {
    next = indices.length;
    for (const process of processes) process.close();
  }
}
