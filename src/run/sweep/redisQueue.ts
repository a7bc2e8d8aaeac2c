/** @file The queue that many machines share: BullMQ over Redis or Valkey. */
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { Queue, UnrecoverableError, Worker, Job as BullJob } from 'bullmq';
import type { Redis } from 'ioredis';
import { label } from '../../formats/visible.ts';
import { readPayload, type Job, type SweepReference, type Payload } from './job.ts';
import { isReady, mostAttempts, type JobQueue, type TakenJob } from './queue.ts';
import { connectRedis, type ConnectionOptions } from './redisConnection.ts';
import { redisSweeps } from './redisSweeps.ts';

type Claim = BullJob<Payload>;

/** Settings of a Redis queue. */
export interface RedisQueueOptions extends ConnectionOptions {
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

/** The same of one whose sweep is not on a machine. */
const putOffMilliseconds = 2000;

/** Milliseconds that the end of the connection may take. */
const closeMilliseconds = 1000;

/** Jobs looked at in one `take`. */
const looks = 8;

/** BullMQ's id of a job: in a new era it is another one, whatever became of the old. */
const idOf = (sweep: SweepReference, era: string, job: Job): string => `${sweep.id}/${era}/${job.id}`;

const refusal = (why: string): string => `Refused: ${why}. No certprune of this version has queued it.`;

/**
 * Connects to the queue. BullMQ hands out ready jobs, keeps claims, and notices silent workers; beside it stand, for
 * each sweep, the plan and what is done, from which whoever ends a job finds the jobs that are ready now. All steps
 * may be repeated: a worker killed between any two of them is followed by another that does the same again.
 * @throws UserError where no Redis answers
 */
export async function connectRedisQueue(options: RedisQueueOptions): Promise<JobQueue> {
  const { url, leaseSeconds = 30, say = () => undefined } = options;
  const connection = await connectRedis(url, options);
  const { redis } = connection;
  const sweeps = redisSweeps(redis, prefix);
  const lease = 1000 * leaseSeconds;
  const queue = new Queue<Payload>(queueName, { connection: redis, prefix });
  // A lost connection is built up again; what could not be told meanwhile the claims tell.
  queue.on('error', () => undefined);
  let worker: Worker<Payload> | undefined;
  const claims = new Map<string, Claim>();

  const add = async (sweep: SweepReference, era: string, jobs: readonly Job[]): Promise<void> => {
    // A job that is queued or running already keeps its place: ids are unique.
    await queue.addBulk(
      jobs.map((job) => ({
        name: job.work.kind,
        data: { job, sweep, era },
        opts: {
          jobId: idOf(sweep, era, job),
          priority: job.priority,
          removeOnComplete: true,
          removeOnFail: true,
        },
      })),
    );
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
  const settle = async (taken: TakenJob, step: (claim: Claim) => Promise<unknown>): Promise<void> => {
    const claim = claims.get(taken.token);
    claims.delete(taken.token);
    await sweeps.noteEnded(taken.sweep, taken.job.id);
    if (claim) await step(claim).catch(() => undefined);
  };
  const remove = (taken: TakenJob): Promise<void> =>
    settle(taken, (claim) => claim.moveToCompleted(undefined, taken.token, false));
  /** Drops a job that was cancelled. @returns whether it was */
  const dropped = async (taken: TakenJob): Promise<boolean> => {
    const claim = claims.get(taken.token);
    if (!claim || !(await sweeps.isOver(taken.sweep, claim.data.era))) return false;
    await remove(taken);
    return true;
  };
  const settleDone = async (taken: TakenJob, seconds: string): Promise<void> => {
    const { job, sweep, token } = taken;
    const era = claims.get(token)?.data.era;
    await sweeps.noteDone(sweep, job.id, seconds);
    if (era !== undefined) await add(sweep, era, await sweeps.readyAfter(sweep, job.id));
    await remove(taken);
  };
  const settleFailed = async (taken: TakenJob, message: string): Promise<void> => {
    await sweeps.noteFailed(taken.sweep, taken.job.id, message);
    await settle(taken, (claim) => claim.moveToFailed(new UnrecoverableError(message), taken.token, false));
  };
  const giveBack = (taken: TakenJob): Promise<void> =>
    settle(taken, (claim) => claim.moveToWait(taken.token));

  /** A job that no sweep of this program has queued fails in the queue, and the next is looked at. */
  const refuse = async (claim: Claim, token: string, why: string): Promise<void> => {
    say(`A job in the queue (${label(String(claim.id))}) was refused: ${why}.`);
    await claim.moveToFailed(new UnrecoverableError(refusal(why)), token, false).catch(() => undefined);
  };
  /** The next job that is one; undefined where there is none, `refused` where it was none. */
  const nextClaim = async (
    from: Worker<Payload>,
  ): Promise<{ taken: TakenJob; claim: Claim } | 'refused' | undefined> => {
    const token = randomUUID();
    let claim: Claim | undefined;
    try {
      claim = await from.getNextJob(token, { block: false });
    } catch (error) {
      if (!isDamagedJob(error)) throw error;
      const why = 'it is not what certprune writes';
      const ids = await failDamagedJobs(redis, queue, refusal(why));
      for (const id of ids) say(`A job in the queue (${label(id)}) was refused: ${why}.`);
      return 'refused';
    }
    if (!claim) return undefined;
    const payload = readPayload(claim.data);
    if ('fault' in payload) {
      await refuse(claim, token, payload.fault);
      return 'refused';
    }
    const { job, sweep, era } = payload;
    if (claim.id !== idOf(sweep, era, job) || !(await sweeps.isPlanned(sweep, job))) {
      await refuse(claim, token, `it is not in the plan of the sweep ${sweep.folder}`);
      return 'refused';
    }
    return { taken: { job, sweep, token }, claim };
  };
  const calls: Omit<JobQueue, 'close'> = {
    async enqueue(sweep, jobs, done) {
      const era = await sweeps.begin(sweep, jobs, done);
      await add(
        sweep,
        era,
        jobs.filter((job) => !done.has(job.id) && isReady(job, done)),
      );
    },
    async take(fits) {
      const from = await taking();
      for (let look = 0; look < looks; look++) {
        if (!fits({ cores: 1, memoryBytes: 0 })) return undefined;
        const found = await nextClaim(from);
        if (found === undefined) return undefined;
        if (found === 'refused') continue;
        const { taken, claim } = found;
        const { job, sweep, token } = taken;
        claims.set(token, claim);
        if (await dropped(taken)) continue;
        if (await sweeps.isDone(sweep, job.id)) {
          await settleDone(taken, '');
        } else if (!fits(job.need)) {
          await settle(taken, () => claim.moveToDelayed(Date.now() + noRoomMilliseconds, token));
        } else if ((await sweeps.count(sweep, 'takes', job.id, 1)) > mostTakes) {
          await settleFailed(
            taken,
            `It was begun ${mostTakes} times, and each time its worker was gone before its end.`,
          );
        } else {
          await sweeps.noteRunning(sweep, job.id, '');
          return taken;
        }
      }
      return undefined;
    },
    async heartbeat({ job, sweep, token }, note) {
      const claim = claims.get(token);
      if (!claim || !(await claim.extendLock(token, lease))) return 'lost';
      if (await sweeps.isOver(sweep, claim.data.era)) return 'cancelled';
      await sweeps.noteRunning(sweep, job.id, note);
      return 'held';
    },
    async done(taken, seconds) {
      if (!(await dropped(taken))) await settleDone(taken, String(seconds));
    },
    async fail(taken, message, again) {
      if (await dropped(taken)) return;
      if (again && (await sweeps.count(taken.sweep, 'crashes', taken.job.id, 1)) < mostAttempts)
        await giveBack(taken);
      else await settleFailed(taken, message);
    },
    async release(taken) {
      if (await dropped(taken)) return;
      await sweeps.count(taken.sweep, 'takes', taken.job.id, -1);
      await giveBack(taken);
    },
    async putOff(taken) {
      await sweeps.count(taken.sweep, 'takes', taken.job.id, -1);
      await settle(taken, (claim) => claim.moveToDelayed(Date.now() + putOffMilliseconds, taken.token));
    },
    async cancel(sweep) {
      const before = await sweeps.status(sweep);
      const ended = await sweeps.cancel(sweep);
      // One that is at work stays until its end; whatever else is left behind is dropped when it is taken.
      if (ended) await Promise.all(ended.jobs.map((job) => queue.remove(idOf(sweep, ended.era, job))));
      return before;
    },
    status: (sweep) => sweeps.status(sweep),
  };
  /** Calls that a Redis which is gone for good has failed say so. */
  const explained =
    (call: (...args: never[]) => Promise<unknown>) =>
    (...args: never[]) =>
      call(...args).catch((error: unknown) => {
        throw connection.explained(error);
      });
  return {
    ...(Object.fromEntries(
      Object.entries(calls).map(([name, call]) => [name, explained(call)]),
    ) as typeof calls),
    async close() {
      // Both wait for answers that a Redis which is away does not give.
      const closing = (async () => {
        await worker?.close(true);
        await queue.close();
      })().catch(() => undefined);
      await Promise.race([closing, pause(closeMilliseconds, undefined, { ref: false })]);
      connection.close();
    },
  };
}

/** Whether BullMQ fails so where what lies in the queue is no job: no JSON, or a key of another kind. */
export const isDamagedJob = (error: unknown): boolean =>
  error instanceof SyntaxError ||
  error instanceof TypeError ||
  ((error as Error).name === 'ReplyError' && (error as Error).message.startsWith('WRONGTYPE'));

/**
 * Takes the jobs that cannot be read out of those at work, where a failed attempt to take them leaves them, so that
 * they are not handed out again; whoever looks finds them among the failed.
 * @returns their ids
 */
export async function failDamagedJobs(redis: Redis, queue: Queue, message: string): Promise<string[]> {
  const damaged: string[] = [];
  const active = queue.toKey('active');
  for (const id of await redis.lrange(active, 0, -1)) {
    try {
      await BullJob.fromId(queue, id);
    } catch (error) {
      if (!isDamagedJob(error)) throw error;
      const key = queue.toKey(id);
      const record = {
        name: 'refused',
        data: 'null',
        opts: '{}',
        timestamp: Date.now(),
        failedReason: message,
      };
      await redis
        .multi()
        .lrem(active, 0, id)
        .del(key, `${key}:lock`)
        .hset(key, record)
        .zadd(queue.toKey('failed'), Date.now(), id)
        .exec();
      damaged.push(id);
    }
  }
  return damaged;
}
