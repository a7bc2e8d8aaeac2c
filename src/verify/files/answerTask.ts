/** @file Works on one task in this thread: reads, checks, attacks, bounds, searches, and never throws. */
import { availableParallelism } from 'node:os';
import { basename } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { propertyText, readVnnlib } from '../../formats/vnnlib/read.ts';
import { UserError } from '../../formats/userError.ts';
import { BudgetExceeded } from '../budget.ts';
import {
  answerOf,
  openAnswer,
  type Answer,
  type ImageQuestion,
  type Limits,
  type Task,
  type TaskProgress,
} from './answer.ts';
import { steadyClock } from '../steadyClock.ts';
import { decideImage } from './decideImage.ts';
import { defaultMemoryBytes } from './limits.ts';
import { refuteAll, type RefuteOptions } from './refuteAll.ts';
import { openSubject, subjectName, type OpenSubject, type Subject } from './subject.ts';
import { requireMatch, specificationsOf } from './vnnlibSpecification.ts';

/** Answers tasks one after the other; the last subject stays open, with all that was compiled for it. */
export interface TaskAnswerer {
  readonly answer: (
    task: Task,
    more?: { readonly signal?: AbortSignal; readonly onProgress?: (progress: TaskProgress) => void },
  ) => Promise<Answer>;
}

export function taskAnswerer(): TaskAnswerer {
  let last: { readonly subject: Subject; readonly open: Promise<OpenSubject> } | undefined;
  // One thread an operation: with two, small programs take longer. The search shares its batches between threads.
  const open = (subject: Subject): Promise<OpenSubject> => {
    if (!last || !isDeepStrictEqual(last.subject, subject))
      last = { subject, open: openSubject(subject, { threads: 1 }) };
    return last.open;
  };
  return {
    async answer({ subject, question, limits }, { signal, onProgress } = {}) {
      const { startedAt = steadyClock() } = limits;
      const seconds = (): number => (steadyClock() - startedAt) / 1000;
      const options = pipelineOptions(limits, seconds, signal, onProgress);
      try {
        // The property first: it is read in milliseconds, and a fault in it is the likeliest.
        const property = question.kind === 'vnnlib' ? readVnnlib(question.path) : undefined;
        const opened = await open(subject);
        options.checkTime();
        const { inputShape } = opened;
        if (question.kind === 'image')
          return { ...(await answerImage(opened, question, options)), inputShape, seconds: seconds() };
        requireMatch(property!, opened, { property: question.path, model: subjectName(subject) });
        const specifications = specificationsOf(property!);
        await opened.check(specifications);
        options.checkTime();
        const result = await refuteAll(opened.tools, specifications, {
          dropInactive: true,
          ...options.forPipeline(),
          statement: {
            kind: 'vnnlib',
            text: propertyText(question.path),
            name: basename(question.path).replace(/\.gz$/, ''),
          },
        });
        const { verdict } = result;
        const empty = verdict.kind === 'verified' && verdict.by === 'empty';
        return {
          ...answerOf(result),
          ...(empty && { remark: emptyRemark(question.path, property!.empty) }),
          inputShape,
          seconds: seconds(),
        };
      } catch (error) {
        if (signal?.aborted) throw error;
        return failure(error, seconds());
      }
    },
  };
}

/** Why a property holds of every network. */
const emptyRemark = (path: string, why = 'no input of the box meets the constraints on inputs.'): string =>
  `${path} asks about no input: it holds of every network.\n${why}`;

/** An error as an answer; running out of time or memory before there was anything to report is none. */
export function failure(error: unknown, seconds: number): Answer {
  if (error instanceof BudgetExceeded)
    return openAnswer(error.why === 'timeout' ? 'timeout' : 'unknown', seconds, { why: error.why });
  if (error instanceof RangeError && /allocation|invalid array (buffer )?length/i.test(error.message))
    return openAnswer('unknown', seconds, { why: 'memory' });
  const message = error instanceof Error ? error.message : String(error);
  const userFault = error instanceof UserError;
  const stack =
    !userFault && error instanceof Error && process.env['CERTPRUNE_DEBUG'] ? `\n${error.stack}` : '';
  return openAnswer('error', seconds, { message: message + stack, userFault });
}

interface TaskOptions {
  readonly checkTime: () => void;
  /** What the pipeline may still use, as of now. */
  readonly forPipeline: () => RefuteOptions;
}

function pipelineOptions(
  {
    timeoutSeconds = Infinity,
    memoryBytes = defaultMemoryBytes,
    threads = availableParallelism(),
    choices,
  }: Limits,
  seconds: () => number,
  signal: AbortSignal | undefined,
  onProgress: ((progress: TaskProgress) => void) | undefined,
): TaskOptions {
  return {
    checkTime() {
      signal?.throwIfAborted();
      if (seconds() >= timeoutSeconds) throw new BudgetExceeded('timeout');
    },
    forPipeline: () => ({
      workers: threads,
      ...choices,
      timeoutSeconds: timeoutSeconds - seconds(),
      // What the domains may take beside what is in use already.
      memoryBytes: Math.min(
        choices?.memoryBytes ?? Infinity,
        Math.max(memoryBytes / 8, memoryBytes - process.memoryUsage.rss()),
      ),
      ...(signal && { signal }),
      onProgress(progress) {
        onProgress?.(progress);
        if (process.memoryUsage.rss() > memoryBytes) throw new BudgetExceeded('memory');
      },
    }),
  };
}

async function answerImage(
  { tools, inputShape, check }: OpenSubject,
  question: ImageQuestion,
  options: TaskOptions,
): Promise<Omit<Answer, 'seconds'>> {
  const size = inputShape.reduce((a, b) => a * b, 1);
  if (question.pixels.length !== size)
    throw new UserError(
      `The images have ${question.pixels.length} numbers, the network takes ${size} (shape [${inputShape.join(',')}]). ` +
        'Name the data that it was made for; pictures of your own are brought to its size by --resize and --channels.',
    );
  const { prediction, distance, result } = await decideImage(tools, question, options.forPipeline, check);
  const { why, ...answer } = answerOf(result);
  // Of an image that is only classified the question is whether it is classified rightly: it is.
  if (why === 'not asked' && question.depth === 'clean') return { ...answer, result: 'unsat', prediction };
  return { ...answer, ...(why && { why }), ...(distance !== undefined && { distance }), prediction };
}
