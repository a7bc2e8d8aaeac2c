/** @file A process of its own for verification: it can be ended at once, and a crash of it is an answer, not an end. */
import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { entryBeside, loaderOptions } from '../../engine/threads/entry.ts';
import { memoryKills, residentBytes } from './residentMemory.ts';
import { openAnswer, type Answer, type Task, type TaskProgress } from './answer.ts';
import { steadyClock } from '../steadyClock.ts';
import { defaultMemoryBytes } from './limits.ts';
import type { FromProcess, ToProcess } from './processMessages.ts';
import type { Subject } from './subject.ts';

export interface AskOptions {
  readonly onProgress?: ((progress: TaskProgress) => void) | undefined;
  /** Ends the process. */
  readonly signal?: AbortSignal | undefined;
}

/** A process that answers one task at a time; started when first asked, and again after it was ended. */
export interface VerifyingProcess {
  /**
   * Answers within the time limit and `graceSeconds`, whatever happens.
   * @throws the signal's reason; an Error where the process is closed meanwhile
   */
  readonly ask: (task: Task, options?: AskOptions) => Promise<Answer>;
  readonly close: () => void;
}

/** Beyond the time limit, for the process to answer by itself. */
const graceSeconds = 1;
/** How often its memory is looked at, where the system tells it. */
const memoryMilliseconds = 250;

/** @param entry the process's file; it speaks as `processMain.ts` does */
export function verifyingProcess(entry = entryBeside(import.meta.url, './processMain.ts')): VerifyingProcess {
  let child: ChildProcess | undefined;
  // A network is sent once to each child.
  let told: Subject | undefined;
  let nextId = 0;
  // Whoever ends a process knows why; its exit is then no sign of anything.
  const ended = new WeakSet<ChildProcess>();
  const end = (): void => {
    if (child) ended.add(child);
    child?.kill('SIGKILL');
    child = undefined;
  };
  return {
    async ask(task, { onProgress, signal } = {}) {
      signal?.throwIfAborted();
      const { startedAt = steadyClock(), timeoutSeconds, memoryBytes = defaultMemoryBytes } = task.limits;
      const seconds = (): number => (steadyClock() - startedAt) / 1000;
      if (!child) told = undefined;
      const at = (child ??= start(entry, memoryBytes));
      const id = nextId++;
      const killsBefore = memoryKills();
      let peak = 0;
      let release = (): void => undefined;
      try {
        return await new Promise<Answer>((resolve, reject) => {
          const giveUp = (answer: Answer): void => {
            end();
            resolve({ ...answer, ...(peak > 0 && { peakMemoryBytes: peak }) });
          };
          const onMessage = (message: FromProcess): void => {
            if (message.kind === 'progress' && message.id === id) onProgress?.(message.progress);
            if (message.kind === 'answer' && message.id === id) resolve(message.answer);
          };
          const onExit = (code: number | null, exitSignal: string | null): void => {
            if (ended.has(at)) return reject(new Error('The verifying process was closed.'));
            child = undefined;
            // V8 aborts where its heap is full. Where all memory is, the system kills, and counts it; others kill too.
            const memory =
              exitSignal === 'SIGABRT' ||
              (exitSignal === 'SIGKILL' &&
                (peak > 0.9 * memoryBytes || killsBefore === undefined || memoryKills() !== killsBefore));
            const how = exitSignal ?? `code ${code}`;
            const message = `The verifying process ended with ${how} before it had an answer.`;
            resolve(
              memory
                ? openAnswer('unknown', seconds(), { why: 'memory', message })
                : openAnswer('error', seconds(), { message }),
            );
          };
          const onAbort = (): void => {
            end();
            reject(signal!.reason);
          };
          const late =
            timeoutSeconds === undefined || timeoutSeconds === Infinity
              ? undefined
              : setTimeout(
                  () => giveUp(openAnswer('timeout', seconds(), { why: 'timeout' })),
                  Math.min(2 ** 31 - 1, 1000 * (timeoutSeconds + graceSeconds - seconds())),
                );
          const watch = setInterval(() => {
            const resident = residentBytes(at.pid);
            peak = Math.max(peak, resident);
            // The process looks itself; what it cannot notice is one large step.
            if (resident > memoryBytes * 1.1) giveUp(openAnswer('unknown', seconds(), { why: 'memory' }));
          }, memoryMilliseconds);
          at.on('message', onMessage);
          at.on('exit', onExit);
          signal?.addEventListener('abort', onAbort, { once: true });
          release = () => {
            clearTimeout(late);
            clearInterval(watch);
            at.off('message', onMessage);
            at.off('exit', onExit);
            signal?.removeEventListener('abort', onAbort);
          };
          const { subject, ...rest } = task;
          const message: ToProcess = {
            id,
            task: {
              ...rest,
              ...(subject !== told && { subject }),
              limits: { ...task.limits, startedAt },
            },
          };
          told = subject;
          at.send(message);
        });
      } finally {
        release();
      }
    },
    close: end,
  };
}

/**
 * Memory that one thread frees is used again by the others where glibc keeps few heaps, instead of several a thread:
 * an eighth less at the peak of a search, in the same time. Other C libraries do not read it.
 */
const fewHeaps = { MALLOC_ARENA_MAX: '2' };

function start(entry: URL, memoryBytes: number): ChildProcess {
  const heapMebibytes = Math.max(256, Math.round((memoryBytes * 0.75) / 2 ** 20));
  return fork(fileURLToPath(entry), [], {
    serialization: 'advanced',
    env: { ...fewHeaps, ...process.env },
    execArgv: [`--max-old-space-size=${heapMebibytes}`, ...loaderOptions(entry)],
    stdio: ['ignore', 'ignore', process.env['CERTPRUNE_DEBUG'] ? 'inherit' : 'ignore', 'ipc'],
  });
}
