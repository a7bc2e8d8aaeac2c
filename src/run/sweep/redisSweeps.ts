/** @file What Redis keeps of each sweep: its plan, whether it was cancelled, what is done, has failed and is running. */
import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { Redis } from 'ioredis';
import type { Job, SweepReference } from './job.ts';
import { readPlan } from './job.ts';
import { blockedBy, isReady, type JobStatus } from './queue.ts';

/**
 * The records of all sweeps. A sweep's *era* is the number of times that it had been cancelled when its jobs were
 * queued: jobs of an era that is over are nobody's any more, whatever order a cancelling, a queueing and the end of a
 * job come in.
 * @param prefix of all keys
 */
export function redisSweeps(redis: Redis, prefix: string) {
  const plans = new Map<string, { readonly version: string; readonly jobs: readonly Job[] }>();
  const keys = ({ id }: SweepReference) => {
    const at = (part: string): string => `${prefix}:sweep:${id}:${part}`;
    return {
      plan: at('plan'),
      version: at('version'),
      era: at('era'),
      cancels: at('cancels'),
      done: at('done'),
      failed: at('failed'),
      running: at('running'),
      counts: at('counts'),
    };
  };
  const planOf = async (sweep: SweepReference): Promise<readonly Job[]> => {
    const { plan, version } = keys(sweep);
    const current = (await redis.get(version)) ?? '';
    const known = plans.get(sweep.id);
    if (known?.version === current) return known.jobs;
    // A plan that is none counts as lost: the sweep writes it anew.
    const jobs = readPlan((await redis.get(plan)) ?? '[]') ?? [];
    plans.set(sweep.id, { version: current, jobs });
    return jobs;
  };
  const cancelsOf = async (sweep: SweepReference): Promise<string> =>
    (await redis.get(keys(sweep).cancels)) ?? '0';

  return {
    /** Writes the plan and forgets failures. @returns the era that the jobs belong to */
    async begin(sweep: SweepReference, jobs: readonly Job[], done: ReadonlySet<string>): Promise<string> {
      const at = keys(sweep);
      const era = await cancelsOf(sweep);
      const finished = jobs.filter(({ id }) => done.has(id));
      const change = redis.multi().del(at.done, at.failed, at.counts);
      change.set(at.plan, JSON.stringify(jobs)).set(at.version, randomUUID()).set(at.era, era);
      if (finished.length > 0) change.hset(at.done, Object.fromEntries(finished.map(({ id }) => [id, ''])));
      await change.exec();
      return era;
    },
    /** Ends the era. @returns it, and the plan; undefined where the sweep is unknown */
    async cancel(sweep: SweepReference) {
      const { era: eraKey, cancels, running } = keys(sweep);
      const [era, jobs] = await Promise.all([redis.get(eraKey), planOf(sweep)]);
      if (era === null || jobs.length === 0) return undefined;
      if (era === (await cancelsOf(sweep))) await redis.multi().incr(cancels).del(running).exec();
      return { era, jobs };
    },
    isOver: async (sweep: SweepReference, era: string) => era !== (await cancelsOf(sweep)),
    isDone: async (sweep: SweepReference, id: string) => (await redis.hexists(keys(sweep).done, id)) === 1,
    /** Whether the plan has this very job. */
    async isPlanned(sweep: SweepReference, job: Job) {
      const planned = (await planOf(sweep)).find(({ id }) => id === job.id);
      return isDeepStrictEqual(planned, job);
    },
    /** @param seconds as text; empty where nobody knows */
    async noteDone(sweep: SweepReference, id: string, seconds: string) {
      await redis.hsetnx(keys(sweep).done, id, seconds);
    },
    async noteFailed(sweep: SweepReference, id: string, message: string) {
      await redis.hset(keys(sweep).failed, id, message);
    },
    async noteRunning(sweep: SweepReference, id: string, note: string) {
      await redis.hset(keys(sweep).running, id, note);
    },
    async noteEnded(sweep: SweepReference, id: string) {
      await redis.hdel(keys(sweep).running, id);
    },
    /** Adds to a count of the job. @returns the sum */
    count: (sweep: SweepReference, what: 'takes' | 'crashes', id: string, by: 1 | -1) =>
      redis.hincrby(keys(sweep).counts, `${what} ${id}`, by),
    /** The jobs that waited for `id` alone. */
    async readyAfter(sweep: SweepReference, id: string) {
      const { done: doneKey, failed: failedKey } = keys(sweep);
      const followers = (await planOf(sweep)).filter(({ after }) => after.includes(id));
      const ready: Job[] = [];
      for (const job of followers) {
        const [before, done, failed] = await Promise.all([
          redis.hmget(doneKey, ...job.after),
          redis.hexists(doneKey, job.id),
          redis.hexists(failedKey, job.id),
        ]);
        const known = new Set(job.after.filter((_, i) => before[i] !== null));
        if (isReady(job, known) && !done && !failed) ready.push(job);
      }
      return ready;
    },
    async status(sweep: SweepReference) {
      const at = keys(sweep);
      const [jobs, era, cancels, done, failed, running] = await Promise.all([
        planOf(sweep),
        redis.get(at.era),
        cancelsOf(sweep),
        redis.hgetall(at.done),
        redis.hgetall(at.failed),
        redis.hgetall(at.running),
      ]);
      const blocked = blockedBy(jobs, new Set(Object.keys(failed)));
      const statusOf = ({ id }: Job): JobStatus => {
        if (Object.hasOwn(done, id))
          return { state: 'done', ...(done[id] !== '' && { seconds: Number(done[id]) }) };
        if (Object.hasOwn(failed, id)) return { state: 'failed', message: failed[id] };
        if (blocked.has(id)) return { state: 'blocked' };
        if (era !== cancels) return { state: 'cancelled' };
        return Object.hasOwn(running, id) ? { state: 'running', note: running[id] } : { state: 'waiting' };
      };
      return new Map(jobs.map((job) => [job.id, statusOf(job)]));
    },
  };
}
