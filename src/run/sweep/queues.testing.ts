/** @file Both queues for common suites, and the loop that works on fake jobs until none is left. */
import { randomUUID } from 'node:crypto';
import { afterAll, describe } from 'vitest';
import { createAdmission, type MachineLimits } from './admission.ts';
import { createEmbeddedQueue } from './embeddedQueue.ts';
import type { FakeLaunches } from './fakeJobs.testing.ts';
import type { Job, SweepReference } from './job.ts';
import type { JobQueue, JobStatus } from './queue.ts';
import { connectRedisQueue } from './redisQueue.ts';
import { redisMissing, startRedis } from './redis.testing.ts';
import { isSettled } from './sweep.ts';
import { workOnJobs } from './workOnJobs.ts';

export const gibibyte = 2 ** 30;
const redis = redisMissing === undefined ? startRedis() : undefined;
afterAll(async () => (await redis)?.stop());

/** Every test has a database of its own. */
let databases = 0;
export const ownDatabase = async (): Promise<string> => `${(await redis!).url}/${databases++}`;

/** Works on jobs until none is left. @returns how they stand then */
export async function doAll(
  queue: JobQueue,
  sweep: SweepReference,
  { launch }: Pick<FakeLaunches, 'launch'>,
  limits: MachineLimits = { cores: 2, memoryBytes: gibibyte },
  signal: AbortSignal = new AbortController().signal,
): Promise<ReadonlyMap<string, JobStatus>> {
  await workOnJobs({
    queue,
    launch,
    admission: createAdmission(limits, () => gibibyte),
    folderOf: () => '/nowhere',
    signal,
    isOver: async () => isSettled(await queue.status(sweep)),
    pollMilliseconds: 5,
    heartbeatMilliseconds: 10,
  });
  return queue.status(sweep);
}

/** Id → state. */
export const statesOf = (status: ReadonlyMap<string, JobStatus>): Record<string, string> =>
  Object.fromEntries([...status].map(([id, { state }]) => [id, state]));

/** Every implementation; `skip` says why it cannot be tried here. */
export const queues = [
  { name: 'embedded', skip: undefined, open: async () => createEmbeddedQueue() },
  {
    name: 'redis',
    skip: redisMissing,
    open: async () => connectRedisQueue({ url: await ownDatabase(), leaseSeconds: 1 }),
  },
];

/** Opens a queue, makes the jobs of a new sweep known to it, and closes it after the work. */
export type UsingQueue = (
  jobs: readonly Job[],
  work: (queue: JobQueue, sweep: SweepReference) => Promise<void>,
  done?: readonly string[],
) => Promise<void>;

/** The same tests over every queue. */
export function describeQueues(tests: (using: UsingQueue) => void): void {
  for (const { name, skip, open } of queues) {
    const using: UsingQueue = async (jobs, work, done = []) => {
      const queue = await open();
      const sweep = newSweep();
      try {
        await queue.enqueue(sweep, jobs, new Set(done));
        await work(queue, sweep);
      } finally {
        await queue.close();
      }
    };
    describe.skipIf(skip !== undefined)(
      `${name} queue${skip === undefined ? '' : ` (skipped: ${skip})`}`,
      () => {
        tests(using);
      },
    );
  }
}

/** A sweep that no queue knows. */
export const newSweep = (): SweepReference => ({ id: randomUUID(), folder: 'fake', version: '0' });
