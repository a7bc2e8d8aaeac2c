/** @file The connection to Redis or Valkey. */
import { Redis } from 'ioredis';
import { UserError } from '../../formats/userError.ts';

/**
 * A connection that is built up again for ever once it has stood.
 * @param url `redis://[user:password@]host:port[/database]`, or `rediss://…` for TLS
 * @throws UserError where no Redis answers
 */
export async function connectRedis(url: string): Promise<Redis> {
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
      `No Redis or Valkey answers at ${withoutPassword(url)} (${(error as Error).message}). Start one, e.g. redis-server ` +
        '--maxmemory-policy noeviction, or see whether address and password are right.',
    );
  }
  stood = true;
  return redis;
}

/** An address as it may be shown. */
export const withoutPassword = (url: string): string => url.replace(/\/\/[^@/]*@/, '//');
