/** @file Many questions about one network, several side by side, each answering process with one thread. */
import { availableParallelism, totalmem } from 'node:os';
import { join } from 'node:path';
import { steadyClock } from '../steadyClock.ts';
import type { Answer, ImageQuestion, Limits, TaskProgress } from './answer.ts';
import { errorOf } from './errorOf.ts';
import type { Subject } from './subject.ts';
import { verifyingProcess, type VerifyingProcess } from './verifyingProcess.ts';

export interface ImagesTask {
  readonly subject: Subject;
  readonly indices: readonly number[];
  readonly question: (index: number) => ImageQuestion;
  /** Of one image, its prediction apart. */
  readonly limits: Limits;
  /** Processes; default one a processor. */
  readonly workers?: number;
  /** Folder of the certificates of proofs, by index. */
  readonly certificates?: string;
}

export interface ImagesOptions {
  readonly signal?: AbortSignal;
  /** Called with the number of images whose class is known. */
  readonly onClassified?: (images: number) => void;
  readonly onProgress?: (progress: TaskProgress, index: number) => void;
  /** Called in the order of completion. Every answer has a prediction. */
  readonly onAnswer: (answer: Answer, index: number) => void | Promise<void>;
}

/**
 * Answers every index. All images are classified before the first is verified, without a time limit, and where a limited
 * process has not the memory for it in one that may use all there is: whatever becomes of an image, its prediction is
 * known. The time of an image begins when a process takes it up.
 * @throws what made an answer an `error`: of images of one network it concerns all; the signal's reason
 */
export async function verifyImages(task: ImagesTask, options: ImagesOptions): Promise<void> {
  const { indices, question, workers = availableParallelism(), certificates } = task;
  const { limits } = task;
  const limitsOf = (index: number): Limits =>
    certificates === undefined
      ? limits
      : {
          ...limits,
          choices: { ...limits.choices, certificate: join(certificates, `${index}.safetensors`) },
        };
  const { signal, onClassified, onProgress, onAnswer } = options;
  const processes = Array.from({ length: Math.min(workers, indices.length) }, () => verifyingProcess());
  const threads = limits.threads ?? (processes.length > 1 ? 1 : availableParallelism());
  const spare = verifyingProcess();
  let over = false;
  const share = async (work: (process: VerifyingProcess, index: number) => Promise<void>): Promise<void> => {
    let next = 0;
    await Promise.all(
      processes.map(async (process) => {
        for (let at = next++; at < indices.length && !over; at = next++) await work(process, indices[at]);
      }),
    );
  };
  try {
    const clean = new Map<number, Answer>();
    await share(async (process, index) => {
      const found = await predict(task, index, { process, spare, threads, signal });
      clean.set(index, found);
      onClassified?.(clean.size);
    });
    await share(async (process, index) => {
      const asked = question(index);
      const known = clean.get(index)!;
      clean.delete(index);
      if (asked.depth === 'clean' || (known.by === 'clean' && !asked.unsafe)) return onAnswer(known, index);
      const answer = await process.ask(
        {
          subject: task.subject,
          question: asked,
          limits: { ...limitsOf(index), threads, startedAt: steadyClock() },
        },
        { signal, onProgress: (progress) => onProgress?.(progress, index) },
      );
      if (answer.result === 'error') throw errorOf(answer);
      await onAnswer({ ...answer, prediction: answer.prediction ?? known.prediction! }, index);
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
  { subject, question, limits }: ImagesTask,
  index: number,
  { process, spare, threads, signal }: Predicting,
): Promise<Answer> {
  const { unsafe: _, ...rest } = question(index);
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
