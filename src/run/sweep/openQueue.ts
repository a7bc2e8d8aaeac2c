/** @file The queue that a command means: in this process, or on Redis. */
import { UserError } from '../../formats/userError.ts';
import { createEmbeddedQueue } from './embeddedQueue.ts';
import type { ConnectionOptions } from './redisConnection.ts';
import type { JobQueue } from './queue.ts';

/**
 * @param url of a Redis, or undefined for this process alone
 * @param lease seconds of silence after which a worker has lost its jobs; as text
 * @param connection how it is kept, and who is told
 * @throws UserError where no Redis answers, or the lease is none
 */
export async function openQueue(
  url: string | undefined,
  lease?: string,
  connection: ConnectionOptions = {},
): Promise<JobQueue> {
  const leaseSeconds = lease === undefined ? undefined : Number(lease);
  if (leaseSeconds !== undefined && !(leaseSeconds >= 1))
    throw new UserError(`--lease ${lease}: expected seconds, at least 1.`);
  if (url === undefined) return createEmbeddedQueue();
  const { connectRedisQueue } = await import('./redisQueue.ts');
  return connectRedisQueue({ ...connection, url, ...(leaseSeconds !== undefined && { leaseSeconds }) });
}
