/** @file Images of one network shared out between processes: first their classes, then whatever is asked of each. */
import { availableParallelism, totalmem } from 'node:os';
import { steadyClock } from '../steadyClock.ts';
import type { Answer, ImageQuestion, Limits, TaskProgress } from './answer.ts';
import { errorOf } from './errorOf.ts';
import type { Subject } from './subject.ts';
import { verifyingProcess, type VerifyingProcess } from './verifyingProcess.ts';

/** Which images, of which network, under which limits. */
export interface ImagesWork {
  readonly subject: Subject;
  readonly indices: readonly number[];
  /** Of the image's class. */
  readonly clean: (index: number) => ImageQuestion;
  /** Of one question, the prediction apart. */
  readonly limits: Limits;
  /** Processes; default one a processor. */
  readonly workers?: number;
}

/** Who is told how far the work is. */
export interface ImagesListener {
  readonly signal?: AbortSignal;
  /** Called with the number of images whose class is known. */
  readonly onClassified?: (images: number) => void;
  readonly onProgress?: (progress: TaskProgress, index: number) => void;
}

/** An image whose turn it is, in a process that keeps what was compiled for its network. */
export interface ImageTurn {
  readonly index: number;
  /** The answer that goes no deeper than the class. */
  readonly known: Answer;
  /**
   * Asks about the image; the time begins now. Every answer has a prediction.
   * @throws what made an answer an `error`: of images of one network it concerns all; the signal's reason
   */
  readonly ask: (question: ImageQuestion, limits?: Limits) => Promise<Answer>;
}

/**
 * Gives every image its turn, several side by side, each process with one thread. All images are classified before the
 * first turn, without a time limit, and where a limited process has not the memory for it in one that may use all there is:
 * whatever becomes of an image, its prediction is known.
 * @throws as `ask` and `turn`
 */
export async function overImages(
  work: ImagesWork,
  { signal, onClassified, onProgress }: ImagesListener,
  turn: (image: ImageTurn) => Promise<void>,
): Promise<void> {
  const { indices, limits, workers = availableParallelism() } = work;
  const processes = Array.from({ length: Math.min(workers, indices.length) }, () => verifyingProcess());
  const threads = limits.threads ?? (processes.length > 1 ? 1 : availableParallelism());
  const spare = verifyingProcess();
  let over = false;
  const share = async (task: (process: VerifyingProcess, index: number) => Promise<void>): Promise<void> => {
    let next = 0;
    await Promise.all(
      processes.map(async (process) => {
        for (let at = next++; at < indices.length && !over; at = next++) await task(process, indices[at]);
      }),
    );
  };
  try {
    const clean = new Map<number, Answer>();
    await share(async (process, index) => {
      clean.set(index, await predict(work, index, { process, spare, threads, signal }));
      onClassified?.(clean.size);
    });
    await share(async (process, index) => {
      const known = clean.get(index)!;
      clean.delete(index);
      await turn({
        index,
        known,
        async ask(question, more = limits) {
          const answer = await process.ask(
            { subject: work.subject, question, limits: { ...more, threads, startedAt: steadyClock() } },
            { signal, onProgress: (progress) => onProgress?.(progress, index) },
          );
          if (answer.result === 'error') throw errorOf(answer);
          return { ...answer, prediction: answer.prediction ?? known.prediction! };
        },
      });
    });
  } finally {
    over = true;
    for (const process of [...processes, spare]) process.close();
  }
}

interface Predicting {
  readonly process: VerifyingProcess;
  readonly spare: VerifyingProcess;
  readonly threads: number;
  readonly signal: AbortSignal | undefined;
}

/** The class of an image, as an answer that goes no deeper. @throws where it cannot be told */
async function predict(
  { subject, clean, limits }: ImagesWork,
  index: number,
  { process, spare, threads, signal }: Predicting,
): Promise<Answer> {
  const { unsafe: _, ...rest } = clean(index);
  const asked = { ...rest, depth: 'clean' } as const;
  for (const [at, memoryBytes] of [
    [process, limits.memoryBytes],
    [spare, totalmem()],
  ] as const) {
    const answer = await at.ask(
      { subject, question: asked, limits: { threads, ...(memoryBytes !== undefined && { memoryBytes }) } },
      { signal },
    );
    if (answer.result === 'error') throw errorOf(answer);
    if (answer.prediction !== undefined) return answer;
  }
  throw new Error(`Image ${index} could not be classified: the memory of the machine is used up.`);
}
