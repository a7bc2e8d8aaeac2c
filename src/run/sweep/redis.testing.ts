/** @file A Redis of its own for tests, where redis-server is installed. */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Why there is none: for the names of skipped tests; undefined where there is one. */
export const redisMissing =
  spawnSync('redis-server', ['--version']).status === 0 ? undefined : 'redis-server is not installed';

/** A server at work. */
export interface TestRedis {
  readonly port: number;
  readonly url: string;
  /** From now on it takes connections, but answers nothing. */
  readonly freeze: () => void;
  readonly stop: () => Promise<void>;
}

/**
 * Starts one that keeps nothing.
 * @param settings more of its settings, e.g. `requirepass`
 * @param port a free one where it is left out
 */
export async function startRedis(
  settings: Readonly<Record<string, string>> = {},
  port?: number,
): Promise<TestRedis> {
  port ??= await freePort();
  const folder = mkdtempSync(join(tmpdir(), 'redis-'));
  const options = { port, dir: folder, bind: '127.0.0.1', save: '', appendonly: 'no', ...settings };
  const server = spawn(
    'redis-server',
    Object.entries(options).flatMap(([key, value]) => [`--${key}`, String(value)]),
  );
  const ended = new Promise<void>((resolve) => server.once('exit', () => resolve()));
  await new Promise<void>((resolve, reject) => {
    server.stdout.on('data', (text: Buffer) => /Ready to accept connections/.test(String(text)) && resolve());
    server.once('error', reject);
    void ended.then(() => reject(new Error('redis-server ended at once')));
  });
  return {
    port,
    url: `redis://127.0.0.1:${port}`,
    freeze: () => void server.kill('SIGSTOP'),
    async stop() {
      server.kill('SIGKILL');
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A port of this machine that nobody listens on. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
