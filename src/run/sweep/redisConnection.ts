/** @file The connection to Redis or Valkey: where it is, how to log in (the password is never shown), and what is done where it is lost. */
import { Redis, type RedisOptions } from 'ioredis';
import { systemFault } from '../../formats/systemFault.ts';
import { UserError } from '../../formats/userError.ts';
import { visible } from '../../formats/visible.ts';

/** How a connection is kept. */
export interface ConnectionOptions {
  /** Ends the waiting for a Redis that does not answer. */
  readonly signal?: AbortSignal;
  /** Told that the Redis is away, that it is back, or that the waiting ends. */
  readonly say?: (line: string) => void;
  /** Seconds after which a lost Redis is given up. */
  readonly patienceSeconds?: number;
}

/** A connection that stands. */
export interface RedisConnection {
  readonly redis: Redis;
  /** Turns the error of a call into one that says what happened, where the Redis was given up. */
  explained(error: unknown): unknown;
  /** Ends it; what still waits for an answer fails. */
  close(): void;
}

/** Seconds after which a lost Redis is given up, where nothing else is said. */
const patience = 120;

/** Between two lines about a Redis that stays away. */
const reminderSeconds = 30;

/** A Redis that owes an answer and sends nothing for so long counts as lost, though its socket is open. */
const silenceMilliseconds = 10_000;

/** The end of a connection may take so long. */
const closeMilliseconds = 1000;

/** After Ctrl-C, a Redis that does not answer is waited for this long, so that jobs can be given back. */
const farewellMilliseconds = 2000;

/**
 * Connects, and goes on trying for a while whenever the connection is lost.
 * @param url see {@link redisAddress}
 * @throws UserError where no Redis answers, or it wants another password
 */
export async function connectRedis(url: string, options: ConnectionOptions = {}): Promise<RedisConnection> {
  const { signal, say = () => undefined, patienceSeconds = patience } = options;
  const { host, port, database, username, password, tls, shown } = redisAddress(url);
  let stood = false;
  let over = false;
  let fault = '';
  let lostAt: number | undefined;
  let toldAt = 0;
  const retry = (times: number): number | null => {
    if (!stood || over) return null;
    const now = performance.now();
    lostAt ??= now;
    const away = (now - lostAt) / 1000;
    if (away >= patienceSeconds) {
      over = true;
      return null;
    }
    if (toldAt === 0 || now - toldAt > 1000 * reminderSeconds) {
      toldAt = now;
      const left = Math.max(1, Math.round(patienceSeconds - away));
      say(`The queue ${shown} does not answer${fault}; trying again for ${left} seconds.`);
    }
    return Math.min(250 * times, 1000, Math.max(50, 1000 * (patienceSeconds - away)));
  };
  const settings = {
    host,
    port,
    db: database,
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
    ...(tls && { tls: {} }),
    lazyConnect: true,
    connectTimeout: 5000,
    socketTimeout: silenceMilliseconds,
    maxRetriesPerRequest: null,
    retryStrategy: retry,
  } satisfies RedisOptions;
  const redis = new Redis(settings);
  redis.on('error', (error: NodeJS.ErrnoException) => {
    const said = error.message.startsWith('Socket timeout')
      ? 'there was no answer in time'
      : systemFault(error);
    fault = ` (${withoutSecrets(said, password)})`;
  });
  redis.on('ready', () => {
    if (lostAt !== undefined) say(`The queue ${shown} answers again.`);
    [lostAt, toldAt, fault] = [undefined, 0, ''];
  });
  try {
    await redis.connect();
    await redis.ping();
    // The client passes over a number that there is no database of, and stays in database 0.
    await redis.select(database);
  } catch (error) {
    redis.disconnect();
    const { message } = error as Error;
    const why = message === 'Connection is closed.' && fault !== '' ? fault.slice(2, -1) : message;
    throw new UserError(refusal(shown, withoutSecrets(why, password)));
  }
  stood = true;
  const farewell = leaveAtAbort(redis, signal, () => (over = true));
  return {
    redis,
    explained(error) {
      if (error instanceof Error && error.name === 'ReplyError')
        return new UserError(
          `The queue ${shown} refuses what it is asked (${withoutSecrets(error.message, password)}). What is done is on ` +
            'the disk; mend the Redis, and give the same command again.',
        );
      if (!over || signal?.aborted) return error;
      return new UserError(
        `The queue ${shown} has not answered for ${patienceSeconds} seconds${fault} and is given up. What is done is ` +
          'on the disk; the same command goes on once it answers.',
      );
    },
    close() {
      over = true;
      farewell();
      redis.disconnect();
      // Where nobody reads, the polite end of a connection is not answered.
      setTimeout(() => redis.stream.destroy(), closeMilliseconds).unref();
    },
  };
}

/** After Ctrl-C nothing waits for a Redis that is away. @returns what ends the watch */
function leaveAtAbort(redis: Redis, signal: AbortSignal | undefined, giveUp: () => void): () => void {
  let timer: NodeJS.Timeout | undefined;
  const watch = (): void => {
    let answered = performance.now();
    const ask = (): void => {
      redis.ping().then(
        () => (answered = performance.now()),
        () => undefined,
      );
    };
    ask();
    timer = setInterval(() => {
      if (performance.now() - answered < farewellMilliseconds) {
        if (redis.status === 'ready') ask();
        return;
      }
      // The next attempt is the last: its failure fails all that waits, which an end in between does not. A socket
      // that is open and silent is such an attempt too.
      giveUp();
      if (redis.status === 'ready' || redis.status === 'connect') redis.stream.destroy();
      if (redis.status === 'end') clearInterval(timer);
    }, 100);
    timer.unref();
  };
  signal?.addEventListener('abort', watch, { once: true });
  if (signal?.aborted) watch();
  return () => {
    signal?.removeEventListener('abort', watch);
    clearInterval(timer);
  };
}

function refusal(shown: string, why: string): string {
  const password = /NOAUTH|WRONGPASS|AUTH/.test(why)
    ? ` Give its password in the environment variable ${passwordVariable}, or in --queue redis://user:password@host:port.`
    : ' Start one, e.g. redis-server --maxmemory-policy noeviction, or see whether address and password are right.';
  return `No Redis or Valkey answers at ${shown} (${why}).${password}`;
}

/** No server repeats a password; should one do so, it is left out. */
const withoutSecrets = (message: string, password: string | undefined): string =>
  password === undefined ? message : message.replaceAll(password, '…');

/** A Redis to connect to. */
export interface RedisAddress {
  readonly host: string;
  readonly port: number;
  readonly database: number;
  readonly username?: string;
  readonly password?: string;
  readonly tls: boolean;
  /** The address as it may be shown: without user and password. */
  readonly shown: string;
}

/** The variable that holds the password where the address has none: others see the words of a command. */
export const passwordVariable = 'CERTPRUNE_REDIS_PASSWORD';

// What is wrong is not repeated: any part of it may be the password.
const notUnderstood =
  '--queue: expected redis://host:port, or rediss:// for TLS; in full redis://user:password@host:port/database, with ' +
  `characters such as # / @ in the password written as %23 %2F %40, or the password in ${passwordVariable}.`;

/**
 * Reads the address of a Redis.
 * @param url `redis://[user:password@]host[:port][/database]`, or `rediss://…` for TLS
 * @throws UserError where it is none; the message repeats nothing of it
 */
export function redisAddress(url: string, environment: NodeJS.ProcessEnv = process.env): RedisAddress {
  let parts: URL;
  let user: string;
  let given: string;
  try {
    parts = new URL(url);
    [user, given] = [decodeURIComponent(parts.username), decodeURIComponent(parts.password)];
  } catch {
    throw new UserError(notUnderstood);
  }
  const database = /^\/?(\d{0,5})$/.exec(parts.pathname);
  const tls = parts.protocol === 'rediss:';
  if (
    (!tls && parts.protocol !== 'redis:') ||
    parts.hostname === '' ||
    !database ||
    parts.search ||
    parts.hash
  )
    throw new UserError(notUnderstood);
  const password = given || environment[passwordVariable] || '';
  const port = parts.port === '' ? 6379 : Number(parts.port);
  const path = database[1] === '' ? '' : `/${database[1]}`;
  return {
    // Brackets belong to the writing of an IPv6 address, not to the address.
    host: parts.hostname.replace(/^\[(.*)\]$/, '$1'),
    port,
    database: Number(database[1]),
    ...(user !== '' && { username: user }),
    ...(password !== '' && { password }),
    tls,
    shown: visible(`${parts.protocol}//${parts.hostname}:${port}${path}`),
  };
}
