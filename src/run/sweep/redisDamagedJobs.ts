/** @file Jobs of the queue that BullMQ itself cannot read: they are put with the failed ones. */
import { Job as BullJob, type Queue } from 'bullmq';
import type { Redis } from 'ioredis';

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
