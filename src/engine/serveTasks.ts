/** @file The worker's side of a pool: takes tasks one after the other and answers. */
import { parentPort, workerData } from 'node:worker_threads';
import type { Transferable } from 'node:worker_threads';
import { closeSessions } from './session.ts';
import { sendError, type FromWorker, type ToWorker, type WorkerMemory } from './workerMessages.ts';

/** What a task may use besides its argument. */
export interface TaskContext<P, D> {
  /** The pool's `workerData`. */
  readonly workerData: D;
  /** Aborted when the caller gives up; look at it between runs. */
  readonly signal: AbortSignal;
  /** Tells the caller how far the task is. */
  readonly progress: (progress: P) => void;
  /** Hands memory over with the result instead of copying it. */
  readonly transfer: (...objects: Transferable[]) => void;
}

/**
 * To be called once by a worker's entry file. Tasks of one worker run one after the other.
 * An error thrown by `handle` rejects the caller's promise and leaves the worker alive.
 */
export function serveTasks<T, R, P = never, D = unknown>(
  handle: (task: T, context: TaskContext<P, D>) => Promise<R> | R,
): void {
  const port = parentPort;
  if (port === null) throw new Error('serveTasks must be called in a worker thread');
  const running = new Map<number, AbortController>();
  const answer = (message: FromWorker, transfer: readonly Transferable[] = []): void =>
    port.postMessage(message, transfer);

  const run = async (id: number, task: unknown): Promise<void> => {
    const controller = new AbortController();
    running.set(id, controller);
    const handedOver: Transferable[] = [];
    try {
      const result = await handle(task as T, {
        workerData: workerData as D,
        signal: controller.signal,
        progress: (progress) => answer({ kind: 'progress', id, progress }),
        transfer: (...objects) => void handedOver.push(...objects),
      });
      answer({ kind: 'result', id, result, memory: memoryNow() }, handedOver);
    } catch (error) {
      answer({ kind: 'error', id, error: sendError(error), memory: memoryNow() });
    } finally {
      running.delete(id);
    }
  };

  port.on('message', (message: ToWorker) => {
    if (message.kind === 'task') void run(message.id, message.task);
    else if (message.kind === 'abort') running.get(message.id)?.abort();
    else void closeSessions().finally(() => port.close());
  });
}

function memoryNow(): WorkerMemory {
  const { heapUsed, external, rss } = process.memoryUsage();
  return { heapUsed, external, processResident: rss };
}
