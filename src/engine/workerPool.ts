/** @file A pool of worker threads for long work: the caller's event loop stays free. */
import { Worker, type Transferable } from 'node:worker_threads';
import { startableEntry } from './workerEntry.ts';
import { receiveError, type FromWorker, type ToWorker, type WorkerMemory } from './workerMessages.ts';

export interface PoolOptions {
  /** Workers at most; they are started when there is work for them. */
  readonly size: number;
  /** The worker's file (see `workerEntry`); it calls `serveTasks`. */
  readonly entry: URL;
  /** Given to every worker, copied. */
  readonly workerData?: unknown;
  /** How long an aborted task may take to stop before its worker is ended, in milliseconds; default 5000. */
  readonly abortGraceMilliseconds?: number;
}

export interface TaskOptions<P> {
  /** Gives the task up: it leaves the queue, or its worker is asked to stop it. */
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: P) => void) | undefined;
  /** Memory handed over with the task instead of copied. */
  readonly transfer?: readonly Transferable[];
}

export interface WorkerPool<T, R, P = never> {
  /**
   * Runs a task on the next free worker.
   * @throws the task's error; the signal's reason; an Error where the worker died
   */
  run(task: T, options?: TaskOptions<P>): Promise<R>;
  /** Memory of every living worker as of its last answer. */
  memory(): readonly WorkerMemory[];
  /** Lets running tasks end, refuses queued ones, and ends the workers. */
  close(): Promise<void>;
}

interface Job {
  readonly id: number;
  readonly task: unknown;
  readonly options: TaskOptions<unknown>;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
  /** Stops listening to the signal. */
  release: () => void;
}

interface Member {
  readonly worker: Worker;
  job: Job | undefined;
  memory: WorkerMemory | undefined;
  /** Why the worker was ended by the pool, if it was. */
  ending: unknown;
  readonly exited: Promise<void>;
}

export function createPool<T, R, P = never>(poolOptions: PoolOptions): WorkerPool<T, R, P> {
  const { size, entry, workerData, abortGraceMilliseconds = 5000 } = poolOptions;
  const members = new Set<Member>();
  const queue: Job[] = [];
  let nextId = 0;
  let closed = false;

  const send = (member: Member, message: ToWorker, transfer: readonly Transferable[] = []): void =>
    member.worker.postMessage(message, transfer);

  /** Ends the member's task and returns it; the worker is then free. */
  const finish = (member: Member): Job | undefined => {
    const { job } = member;
    member.job = undefined;
    job?.release();
    return job;
  };

  const receive = (member: Member, message: FromWorker): void => {
    if (member.job?.id !== message.id) return;
    if (message.kind === 'progress') {
      member.job.options.onProgress?.(message.progress);
      return;
    }
    member.memory = message.memory;
    const job = finish(member)!;
    if (message.kind === 'result') job.resolve(message.result);
    else job.reject(job.options.signal?.aborted ? job.options.signal.reason : receiveError(message.error));
    assign();
  };

  /** A worker is gone: its task fails, and the next task gets a new worker. */
  const lose = (member: Member, error: unknown): void => {
    members.delete(member);
    void member.worker.terminate();
    finish(member)?.reject(member.ending ?? error);
    assign();
  };

  const start = (): Member => {
    const worker = new Worker(startableEntry(entry), { workerData, execArgv: [] });
    let markExited = (): void => undefined;
    const exited = new Promise<void>((resolve) => (markExited = resolve));
    const member: Member = { worker, job: undefined, memory: undefined, ending: undefined, exited };
    members.add(member);
    worker.on('message', (message: FromWorker) => receive(member, message));
    worker.on('messageerror', (error) => lose(member, error));
    worker.on('error', (error) =>
      lose(member, new Error(`A worker failed: ${error.message}`, { cause: error })),
    );
    worker.on('exit', (code) => {
      markExited();
      lose(member, new Error(`A worker ended with code ${code} before its task was done.`));
    });
    return member;
  };

  const giveUp = (job: Job): void => {
    const reason: unknown = job.options.signal!.reason;
    const waiting = queue.indexOf(job);
    if (waiting >= 0) {
      queue.splice(waiting, 1);
      job.reject(reason);
      return;
    }
    const member = [...members].find((m) => m.job === job);
    if (!member) return;
    send(member, { kind: 'abort', id: job.id });
    const timer = setTimeout(() => {
      member.ending = reason;
      void member.worker.terminate();
    }, abortGraceMilliseconds);
    job.release = () => clearTimeout(timer);
  };

  const assign = (): void => {
    // Nothing waits any more, and whoever waits for the workers' end needs them to keep the process alive.
    if (closed) return;
    while (queue.length > 0) {
      let member = [...members].find((m) => m.job === undefined);
      if (!member && members.size < size) member = start();
      if (!member) return;
      const job = queue.shift()!;
      member.job = job;
      member.worker.ref();
      try {
        send(member, { kind: 'task', id: job.id, task: job.task }, job.options.transfer);
      } catch (error) {
        finish(member)!.reject(error);
      }
    }
    for (const member of members) if (member.job === undefined) member.worker.unref();
  };

  return {
    run(task, options = {}) {
      if (closed) return Promise.reject(new Error('The worker pool is closed.'));
      if (options.signal?.aborted) return Promise.reject(options.signal.reason);
      return new Promise<R>((resolve, reject) => {
        const job: Job = {
          id: nextId++,
          task,
          options: options as TaskOptions<unknown>,
          resolve: resolve as Job['resolve'],
          reject,
          release: () => undefined,
        };
        const { signal } = options;
        if (signal) {
          const onAbort = (): void => giveUp(job);
          signal.addEventListener('abort', onAbort, { once: true });
          job.release = () => signal.removeEventListener('abort', onAbort);
        }
        queue.push(job);
        assign();
      });
    },
    memory: () => [...members].flatMap((member) => member.memory ?? []),
    async close() {
      closed = true;
      for (const job of queue.splice(0)) {
        job.release();
        job.reject(new Error('The worker pool was closed before the task began.'));
      }
      const all = [...members];
      for (const member of all) {
        member.worker.ref();
        send(member, { kind: 'close' });
      }
      await Promise.all(all.map((member) => member.exited));
    },
  };
}
