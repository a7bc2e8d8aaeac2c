/** @file Where a Redis is and how to log in, from `--queue` and the environment; the password is never shown. */
import { UserError } from '../../formats/userError.ts';
import { visible } from '../../formats/visible.ts';

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
