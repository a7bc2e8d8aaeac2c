/** @file A pool of worker threads for long work: the caller's event loop stays free. */
import { Worker, type Transferable } from 'node:worker_threads';
import { startableEntry } from './entry.ts';
import { receiveError, type FromThread, type ThreadData, type ToThread } from './messages.ts';

/** What a task may use besides its argument. */
export interface TaskContext<P = never> {
  /** Aborted when the caller gives up; look at it between runs. */
  readonly signal: AbortSignal;
  /** Tells the caller how far the task is. */
  readonly progress: (progress: P) => void;
  /** Hands memory over with the result instead of copying it. */
  readonly transfer: (...objects: Transferable[]) => void;
}

/** What a thread can be asked for, by name. */
export type Methods = Readonly<Record<string, (task: never, context: never) => unknown>>;

type TaskOf<F> = F extends (task: infer T, context: never) => unknown ? T : never;
type ProgressOf<F> = F extends (task: never, context: TaskContext<infer P>) => unknown ? P : never;
type AnswerOf<F> = F extends (task: never, context: never) => infer R ? Awaited<R> : never;

export interface PoolOptions {
  /** Threads at most; they are started when there is work for them. */
  readonly size: number;
  /** How long an aborted task may take to stop before its thread is ended, in milliseconds; default 5000. */
  readonly abortGraceMilliseconds?: number;
}

export interface TaskOptions<P = never> {
  /** Gives the task up: it leaves the queue, or its thread is asked to stop it. */
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: P) => void) | undefined;
  /** Memory handed over with the task instead of copied. */
  readonly transfer?: readonly Transferable[];
}

export interface Pool<M> {
  /**
   * Runs a task on the next free thread.
   * @throws the task's error; the signal's reason; an Error where the thread died
   */
  run<K extends keyof M & string>(
    method: K,
    task: TaskOf<M[K]>,
    options?: TaskOptions<ProgressOf<M[K]>>,
  ): Promise<AnswerOf<M[K]>>;
  /** Lets running tasks end, refuses queued ones, and ends the threads. */
  close(): Promise<void>;
  /** Gives all tasks up for the reason and ends the threads, also in the middle of a task. */
  end(reason: Error): void;
}

interface Job {
  readonly id: number;
  readonly method: string;
  readonly task: unknown;
  readonly options: TaskOptions;
  readonly resolve: (result: never) => void;
  readonly reject: (error: unknown) => void;
  /** Stops listening to the signal. */
  release: () => void;
}

interface Member {
  readonly worker: Worker;
  job: Job | undefined;
  /** Why the thread was ended by the pool, if it was. */
  ending: unknown;
  readonly exited: Promise<void>;
}

/** @param workerData names the module that the threads run: see `threadService` */
export function createPool<M>(
  workerData: ThreadData,
  { size, abortGraceMilliseconds = 5000 }: PoolOptions,
): Pool<M> {
  const entry = startableEntry(new URL(workerData.service));
  const members = new Set<Member>();
  const queue: Job[] = [];
  let nextId = 0;
  let closed = false;

  const send = (member: Member, message: ToThread, transfer: readonly Transferable[] = []): void =>
    member.worker.postMessage(message, transfer);

  /** Ends the member's task and returns it; the worker is then free. */
  const finish = (member: Member): Job | undefined => {
    const { job } = member;
    member.job = undefined;
    job?.release();
    return job;
  };

  const receive = (member: Member, message: FromThread): void => {
    if (member.job?.id !== message.id) return;
    if (message.kind === 'progress') {
      member.job.options.onProgress?.(message.progress as never);
      return;
    }
    const job = finish(member)!;
    if (message.kind === 'result') job.resolve(message.result as never);
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
    const worker = new Worker(entry, { workerData, execArgv: [] });
    let markExited = (): void => undefined;
    const exited = new Promise<void>((resolve) => (markExited = resolve));
    const member: Member = { worker, job: undefined, ending: undefined, exited };
    members.add(member);
    worker.on('message', (message: FromThread) => receive(member, message));
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
        send(member, { kind: 'task', id: job.id, method: job.method, task: job.task }, job.options.transfer);
      } catch (error) {
        finish(member)!.reject(error);
      }
    }
    for (const member of members) if (member.job === undefined) member.worker.unref();
  };

  const closeQueue = (reason: Error): void => {
    closed = true;
    for (const job of queue.splice(0)) {
      job.release();
      job.reject(reason);
    }
  };

  return {
    run(method, task, options = {}) {
      if (closed) return Promise.reject(new Error('The worker pool is closed.'));
      if (options.signal?.aborted) return Promise.reject(options.signal.reason);
      return new Promise((resolve, reject) => {
        const job: Job = {
          id: nextId++,
          method,
          task,
          options,
          resolve,
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
    async close() {
      closeQueue(new Error('The worker pool was closed before the task began.'));
      const all = [...members];
      for (const member of all) {
        member.worker.ref();
        send(member, { kind: 'close' });
      }
      await Promise.all(all.map((member) => member.exited));
    },
    end(reason) {
      closeQueue(reason);
      for (const member of members) {
        member.ending = reason;
        member.worker.ref();
        if (member.job === undefined) send(member, { kind: 'close' });
        else void member.worker.terminate();
      }
    },
  };
}
