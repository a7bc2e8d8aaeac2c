/** @file The queue of one process: jobs in its memory, what was done on the disk. */
import type { Job, SweepReference } from './job.ts';
import { blockedBy, isReady, mostAttempts, type JobQueue, type JobStatus } from './queue.ts';

interface Entry {
  readonly job: Job;
  readonly sweep: SweepReference;
  attempts: number;
  token?: string;
  status: JobStatus;
}

/** An empty queue. Jobs that nobody works on are never handed out again by themselves: their workers are children. */
export function createEmbeddedQueue(): JobQueue {
  const entries = new Map<string, Entry>();
  /** Handings-out of jobs that were cancelled since. */
  const cancelled = new Set<string>();
  let tokens = 0;
  const keyOf = (sweep: SweepReference, id: string): string => `${sweep.id}/${id}`;
  const doneIds = (sweep: SweepReference): { has(id: string): boolean } => ({
    has: (id) => entries.get(keyOf(sweep, id))?.status.state === 'done',
  });
  /** The entry, if this handing-out still holds. */
  const held = ({
    sweep,
    job,
    token,
  }: {
    sweep: SweepReference;
    job: Job;
    token: string;
  }): Entry | undefined => {
    const entry = entries.get(keyOf(sweep, job.id));
    return entry?.token === token ? entry : undefined;
  };
  const leave = (entry: Entry | undefined, status: JobStatus): void => {
    if (!entry) return;
    delete entry.token;
    entry.status = status;
  };
  const ownOf = (sweep: SweepReference): Entry[] =>
    [...entries.values()].filter((entry) => entry.sweep.id === sweep.id);
  const status = (sweep: SweepReference): Map<string, JobStatus> => {
    const own = ownOf(sweep);
    const failed = new Set(own.filter((e) => e.status.state === 'failed').map(({ job }) => job.id));
    const blocked = blockedBy(
      own.map(({ job }) => job),
      failed,
    );
    return new Map(
      own.map(({ job, status }) => [job.id, blocked.has(job.id) ? { state: 'blocked' } : status]),
    );
  };
  return {
    async enqueue(sweep, jobs, done) {
      for (const job of jobs) {
        const key = keyOf(sweep, job.id);
        if (entries.get(key)?.status.state === 'running') continue;
        const state = done.has(job.id) ? 'done' : 'waiting';
        entries.set(key, { job, sweep, attempts: 0, status: { state } });
      }
    },
    async take(fits) {
      const ready = [...entries.values()].filter(
        ({ job, sweep, status }) =>
          status.state === 'waiting' && isReady(job, doneIds(sweep)) && fits(job.need),
      );
      // Sorting is stable: among equals the order of the plan holds.
      const entry = ready.sort((a, b) => a.job.priority - b.job.priority)[0];
      if (!entry) return undefined;
      entry.token = String(tokens++);
      entry.attempts++;
      entry.status = { state: 'running' };
      return { job: entry.job, sweep: entry.sweep, token: entry.token };
    },
    async heartbeat(taken, note) {
      const entry = held(taken);
      if (entry) entry.status = { state: 'running', note };
      if (entry) return 'held';
      return cancelled.has(taken.token) ? 'cancelled' : 'lost';
    },
    async done(taken, seconds) {
      leave(held(taken), { state: 'done', seconds });
    },
    async fail(taken, message, again) {
      const entry = held(taken);
      const retry = again && entry !== undefined && entry.attempts < mostAttempts;
      leave(entry, retry ? { state: 'waiting' } : { state: 'failed', message });
    },
    async release(taken) {
      const entry = held(taken);
      if (entry) entry.attempts--;
      leave(entry, { state: 'waiting' });
    },
    async putOff(taken) {
      const entry = held(taken);
      if (entry) entry.attempts--;
      // There is no other machine that could do it.
      leave(entry, { state: 'failed', message: 'The folder of its sweep is not on this machine.' });
    },
    async cancel(sweep) {
      const before = status(sweep);
      for (const entry of ownOf(sweep)) {
        if (entry.status.state !== 'waiting' && entry.status.state !== 'running') continue;
        if (entry.token !== undefined) cancelled.add(entry.token);
        leave(entry, { state: 'cancelled' });
      }
      return before;
    },
    status: async (sweep) => status(sweep),
    async close() {},
  };
}
