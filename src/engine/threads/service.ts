/** @file A service of worker threads: one module says what its threads do, and opens typed pools of them. */
import { parentPort, workerData, type Transferable } from 'node:worker_threads';
import { closeSessions } from '../backend/session.ts';
import { compiledOf } from './entry.ts';
import { sendError, type FromThread, type ThreadData, type ToThread } from './messages.ts';
import { createPool, type Methods, type Pool, type PoolOptions, type TaskContext } from './pool.ts';

/** Opens pools of threads whose tasks are about the same data. */
export interface ThreadService<D, M> {
  /** @param data given to every thread, copied */
  readonly open: (data: D, options: PoolOptions) => Pool<M>;
}

/**
 * To be called once by a module, at its top level. In the module's own threads, which import it too, it answers tasks,
 * one after the other where their methods wait for nothing else than the engine.
 * @param url the module's `import.meta.url`
 * @param start makes the methods, once a thread, when the first task comes; an error that one of them throws rejects
 *   the caller's promise and leaves the thread alive
 */
export function threadService<D, M extends Methods>(
  url: string,
  start: (data: D) => M | Promise<M>,
): ThreadService<D, M> {
  const own = workerData as Partial<ThreadData> | null;
  if (parentPort !== null && own?.service === url) serve(() => start(own.data as D));
  const service = compiledOf(new URL(url)).href;
  return { open: (data, options) => createPool<M>({ service, data }, options) };
}

function serve(start: () => Methods | Promise<Methods>): void {
  const port = parentPort!;
  const running = new Map<number, AbortController>();
  const answer = (message: FromThread, transfer: readonly Transferable[] = []): void =>
    port.postMessage(message, transfer);
  let methods: Methods | Promise<Methods> | undefined;

  const run = async (id: number, method: string, task: unknown): Promise<void> => {
    const controller = new AbortController();
    running.set(id, controller);
    const handedOver: Transferable[] = [];
    try {
      methods ??= start();
      const context: TaskContext<unknown> = {
        signal: controller.signal,
        progress: (progress) => answer({ kind: 'progress', id, progress }),
        transfer: (...objects) => void handedOver.push(...objects),
      };
      const result = await (await methods)[method](task as never, context as never);
      answer({ kind: 'result', id, result }, handedOver);
    } catch (error) {
      answer({ kind: 'error', id, error: sendError(error) });
    } finally {
      running.delete(id);
    }
  };

  port.on('message', (message: ToThread) => {
    if (message.kind === 'task') void run(message.id, message.method, message.task);
    else if (message.kind === 'abort') running.get(message.id)?.abort();
    else void closeSessions().finally(() => port.close());
  });
}
