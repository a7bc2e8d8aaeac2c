/** @file The queue that many machines share: BullMQ over Redis or Valkey. */
import { randomUUID } from 'node:crypto';
import { Queue, UnrecoverableError, Worker, type Job as BullJob } from 'bullmq';
import { Redis } from 'ioredis';
import { UserError } from '../../formats/userError.ts';
import type { Job, SweepReference } from './job.ts';
import { blockedBy, isReady, mostAttempts, type JobQueue, type JobStatus, type TakenJob } from './queue.ts';

/** What BullMQ carries. */
interface Payload {
  readonly job: Job;
  readonly sweep: SweepReference;
}

/** Settings of a Redis queue. */
export interface RedisQueueOptions {
  /** `redis://[user:password@]host:port[/database]`, or `rediss://…` for TLS. */
  readonly url: string;
  /** A worker that is silent for so long has lost its jobs to others; default 30. */
  readonly leaseSeconds?: number;
}

const queueName = 'jobs';
const prefix = 'certprune';

/** How often a job may take its worker down with it. */
const mostTakes = 20;

/** Milliseconds that a job waits which found no room on a machine. */
const noRoomMilliseconds = 500;

/** Jobs looked at in one `take`. */
const looks = 8;

/**
 * Connects to the queue. BullMQ hands out ready jobs, keeps claims, and notices silent workers; beside it stand, for
 * each sweep, the plan and what is done, from which whoever ends a job finds the jobs that are ready now. All steps
 * may be repeated: a worker killed between any two of them is followed by another that does the same again.
 * @throws UserError where no Redis answers
 */
export async function connectRedisQueue({ url, leaseSeconds = 30 }: RedisQueueOptions): Promise<JobQueue> {
  const redis = await connect(url);
  const lease = 1000 * leaseSeconds;
  const queue = new Queue<Payload>(queueName, { connection: redis, prefix });
  // A lost connection is built up again; what could not be told meanwhile the claims tell.
  queue.on('error', () => undefined);
  let worker: Worker<Payload> | undefined;
  const claims = new Map<string, BullJob<Payload>>();
  const plans = new Map<string, { readonly version: string; readonly jobs: readonly Job[] }>();

  const keys = (
    sweep: SweepReference,
  ): Record<'plan' | 'version' | 'done' | 'failed' | 'running' | 'counts', string> => {
    const at = (part: string): string => `${prefix}:sweep:${sweep.id}:${part}`;
    return {
      plan: at('plan'),
      version: at('version'),
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
    const jobs = JSON.parse((await redis.get(plan)) ?? '[]') as Job[];
    plans.set(sweep.id, { version: current, jobs });
    return jobs;
  };
  const add = async (sweep: SweepReference, jobs: readonly Job[]): Promise<void> => {
    // A job that is queued or running already keeps its place: ids are unique.
    await queue.addBulk(
      jobs.map((job) => ({
        name: job.work.kind,
        data: { job, sweep },
        opts: {
          jobId: `${sweep.id}/${job.id}`,
          priority: job.priority,
          removeOnComplete: true,
          removeOnFail: true,
        },
      })),
    );
  };
  /** Queues the jobs that waited for `id` alone. */
  const addFollowers = async (sweep: SweepReference, id: string): Promise<void> => {
    const followers = (await planOf(sweep)).filter(({ after }) => after.includes(id));
    const { done: doneKey, failed } = keys(sweep);
    for (const job of followers) {
      const [done, own] = await Promise.all([
        redis.hmget(doneKey, ...job.after),
        Promise.all([redis.hexists(doneKey, job.id), redis.hexists(failed, job.id)]),
      ]);
      if (done.every((value) => value !== null) && own.every((exists) => exists === 0))
        await add(sweep, [job]);
    }
  };
  const taking = async (): Promise<Worker<Payload>> => {
    if (worker) return worker;
    worker = new Worker<Payload>(queueName, null, {
      connection: redis,
      prefix,
      autorun: false,
      lockDuration: lease,
      stalledInterval: Math.max(500, lease / 2),
      maxStalledCount: Number.MAX_SAFE_INTEGER,
      skipLockRenewal: true,
    });
    worker.on('error', () => undefined);
    await worker.waitUntilReady();
    await worker.startStalledCheckTimer();
    return worker;
  };
  /** The last word on a job; where the claim was lost, its new holder has it. */
  const settle = async (
    taken: TakenJob,
    step: (claim: BullJob<Payload>) => Promise<unknown>,
  ): Promise<void> => {
    const claim = claims.get(taken.token);
    claims.delete(taken.token);
    await redis.hdel(keys(taken.sweep).running, taken.job.id);
    if (claim) await step(claim).catch(() => undefined);
  };
  const settleDone = async (taken: TakenJob, seconds: string): Promise<void> => {
    const { done } = keys(taken.sweep);
    await redis.hsetnx(done, taken.job.id, seconds);
    await addFollowers(taken.sweep, taken.job.id);
    await settle(taken, (claim) => claim.moveToCompleted(undefined, taken.token, false));
  };
  const settleFailed = async (taken: TakenJob, message: string): Promise<void> => {
    await redis.hset(keys(taken.sweep).failed, taken.job.id, message);
    await settle(taken, (claim) => claim.moveToFailed(new UnrecoverableError(message), taken.token, false));
  };

  return {
    async enqueue(sweep, jobs, done) {
      const { plan, version, done: doneKey, failed, counts } = keys(sweep);
      const finished = jobs.filter(({ id }) => done.has(id));
      const change = redis.multi().del(doneKey, failed, counts);
      change.set(plan, JSON.stringify(jobs)).set(version, randomUUID());
      if (finished.length > 0) change.hset(doneKey, Object.fromEntries(finished.map(({ id }) => [id, ''])));
      await change.exec();
      await add(
        sweep,
        jobs.filter((job) => !done.has(job.id) && isReady(job, done)),
      );
    },
    async take(fits) {
      const from = await taking();
      for (let look = 0; look < looks; look++) {
        if (!fits({ cores: 1, memoryBytes: 0 })) return undefined;
        const token = randomUUID();
        const claim = await from.getNextJob(token, { block: false });
        if (!claim) return undefined;
        const { job, sweep } = claim.data;
        const taken = { job, sweep, token };
        claims.set(token, claim);
        const { done, counts, running } = keys(sweep);
        if (await redis.hexists(done, job.id)) {
          await settleDone(taken, '');
        } else if (!fits(job.need)) {
          await settle(taken, () => claim.moveToDelayed(Date.now() + noRoomMilliseconds, token));
        } else if ((await redis.hincrby(counts, `takes ${job.id}`, 1)) > mostTakes) {
          await settleFailed(
            taken,
            `It was begun ${mostTakes} times, and each time its worker was gone before its end.`,
          );
        } else {
          await redis.hset(running, job.id, '');
          return taken;
        }
      }
      return undefined;
    },
    async heartbeat(taken, note) {
      const claim = claims.get(taken.token);
      if (!claim || !(await claim.extendLock(taken.token, lease))) return false;
      await redis.hset(keys(taken.sweep).running, taken.job.id, note);
      return true;
    },
    done: (taken, seconds) => settleDone(taken, String(seconds)),
    async fail(taken, message, again) {
      const { counts } = keys(taken.sweep);
      if (again && (await redis.hincrby(counts, `crashes ${taken.job.id}`, 1)) < mostAttempts)
        await settle(taken, (claim) => claim.moveToWait(taken.token));
      else await settleFailed(taken, message);
    },
    async release(taken) {
      await redis.hincrby(keys(taken.sweep).counts, `takes ${taken.job.id}`, -1);
      await settle(taken, (claim) => claim.moveToWait(taken.token));
    },
    async status(sweep) {
      const at = keys(sweep);
      const [jobs, done, failed, running] = await Promise.all([
        planOf(sweep),
        redis.hgetall(at.done),
        redis.hgetall(at.failed),
        redis.hgetall(at.running),
      ]);
      const blocked = blockedBy(jobs, new Set(Object.keys(failed)));
      const statusOf = ({ id }: Job): JobStatus => {
        if (id in done) return { state: 'done', ...(done[id] !== '' && { seconds: Number(done[id]) }) };
        if (id in failed) return { state: 'failed', message: failed[id] };
        if (blocked.has(id)) return { state: 'blocked' };
        return id in running ? { state: 'running', note: running[id] } : { state: 'waiting' };
      };
      return new Map(jobs.map((job) => [job.id, statusOf(job)]));
    },
    async close() {
      await worker?.close(true);
      await queue.close();
      redis.disconnect();
    },
  };
}

/** A connection that is built up again for ever once it has stood. */
async function connect(url: string): Promise<Redis> {
  if (!/^rediss?:\/\/\S+$/.test(url))
    throw new UserError(`--queue ${url}: expected redis://host:port, or rediss:// for TLS.`);
  let stood = false;
  const redis = new Redis(url, {
    lazyConnect: true,
    connectTimeout: 5000,
    maxRetriesPerRequest: null,
    retryStrategy: (times) => (stood ? Math.min(250 * times, 5000) : null),
  });
  redis.on('error', () => undefined);
  try {
    await redis.connect();
    await redis.ping();
  } catch (error) {
    redis.disconnect();
    throw new UserError(
      `No Redis or Valkey answers at ${shown(url)} (${(error as Error).message}). Start one, e.g. redis-server ` +
        '--maxmemory-policy noeviction, or see whether address and password are right.',
    );
  }
  stood = true;
  return redis;
}

/** Without the password. */
const shown = (url: string): string => url.replace(/\/\/[^@/]*@/, '//');
