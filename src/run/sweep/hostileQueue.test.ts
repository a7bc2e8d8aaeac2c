import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { describe, expect, it } from 'vitest';
import { sharedPath } from '../../formats/shared.testing.ts';
import { fakeJob, fakeLaunches } from './fakeJobs.testing.ts';
import { doAll, newSweep, ownDatabase, statesOf } from './queues.testing.ts';
import { connectRedisQueue } from './redisQueue.ts';
import { freePort, redisMissing, startRedis } from './redis.testing.ts';
import { workOnJobs } from './workOnJobs.ts';
import { createAdmission } from './admission.ts';

const payload = (job: unknown, sweep: unknown = newSweep(), era: unknown = '0'): unknown => ({
  job,
  sweep,
  era,
});

describe.skipIf(redisMissing !== undefined)(
  `a real Redis${redisMissing ? ` (skipped: ${redisMissing})` : ''}`,
  () => {
    const strangers = async (url: string, values: readonly unknown[]): Promise<Queue> => {
      const connection = new Redis(url, { maxRetriesPerRequest: null });
      const queue = new Queue('jobs', { connection, prefix: 'certprune' });
      for (const value of values) await queue.add('train', value);
      return queue;
    };

    it('jobs of strangers fail in the queue with a message, and the worker does its own', async () => {
      const file = sharedPath('cases/security/payloads.txt');
      const lines = file === undefined ? ['null', '{}'] : readFileSync(file, 'utf8').trim().split('\n');
      const values = lines.map((line) => JSON.parse(line) as unknown);
      const url = await ownDatabase();
      const foreign = await strangers(url, values);
      const said: string[] = [];
      const queue = await connectRedisQueue({ url, say: (line) => said.push(line) });
      const sweep = newSweep();
      await queue.enqueue(sweep, [fakeJob('a'), fakeJob('b', ['a'])], new Set());
      const jobs = fakeLaunches();
      expect(statesOf(await doAll(queue, sweep, jobs))).toEqual({ a: 'done', b: 'done' });
      expect(jobs.log).toEqual(['+a', '-a', '+b', '-b']);
      const failed = await foreign.getFailed();
      expect(failed).toHaveLength(values.length);
      for (const { failedReason } of failed) expect(failedReason).toMatch(/^Refused: /);
      expect(said).toHaveLength(values.length);
      await queue.close();
      await foreign.close();
    });

    it('a job that is not in the plan of a known sweep is refused', async () => {
      const url = await ownDatabase();
      const queue = await connectRedisQueue({ url });
      const sweep = newSweep();
      await queue.enqueue(sweep, [fakeJob('a')], new Set());
      const foreign = await strangers(url, [
        payload(fakeJob('z'), sweep),
        payload({ ...fakeJob('a'), run: 'q' }, sweep),
      ]);
      const jobs = fakeLaunches();
      expect(statesOf(await doAll(queue, sweep, jobs))).toEqual({ a: 'done' });
      while ((await queue.take(() => true)) !== undefined);
      expect(await foreign.getFailedCount()).toBe(2);
      expect(jobs.log).toEqual(['+a', '-a']);
      await queue.close();
      await foreign.close();
    });

    it('wants a password: from the address, or from the environment; without one it says how', async () => {
      const redis = await startRedis({ requirepass: 's3cret#/@' });
      const withPassword = `redis://:s3cret%23%2F%40@127.0.0.1:${redis.port}`;
      await (await connectRedisQueue({ url: withPassword })).close();
      const wrong = connectRedisQueue({ url: `redis://:n0pe@127.0.0.1:${redis.port}` });
      await expect(wrong).rejects.toThrow(/CERTPRUNE_REDIS_PASSWORD/);
      await expect(wrong).rejects.not.toThrow(/n0pe/);
      await expect(connectRedisQueue({ url: redis.url })).rejects.toThrow(/NOAUTH.*CERTPRUNE_REDIS_PASSWORD/);
      process.env['CERTPRUNE_REDIS_PASSWORD'] = 's3cret#/@';
      try {
        await (await connectRedisQueue({ url: redis.url })).close();
      } finally {
        delete process.env['CERTPRUNE_REDIS_PASSWORD'];
        await redis.stop();
      }
    });

    it('gone, is waited for and told of; back, the work goes on', async () => {
      const redis = await startRedis();
      const said: string[] = [];
      const queue = await connectRedisQueue({ url: redis.url, say: (line) => said.push(line) });
      await queue.status(newSweep());
      await redis.stop();
      const asked = queue.status(newSweep());
      await pause(300);
      expect(said.join()).toMatch(/does not answer.*trying again for 1[12]\d seconds/);
      const again = await startRedis({}, redis.port);
      expect((await asked).size).toBe(0);
      expect(said.join()).toMatch(/answers again/);
      await queue.close();
      await again.stop();
    });

    it('gone for good, is given up after the stated time; jobs at work save and end before', async () => {
      const redis = await startRedis();
      const queue = await connectRedisQueue({ url: redis.url, patienceSeconds: 1 });
      const sweep = newSweep();
      await queue.enqueue(sweep, [fakeJob('a')], new Set());
      const jobs = fakeLaunches(() => 'hang');
      const work = workOnJobs({
        queue,
        launch: jobs.launch,
        admission: createAdmission({ cores: 2, memoryBytes: 2 ** 30 }, () => 2 ** 30),
        folderOf: () => '/nowhere',
        signal: new AbortController().signal,
        isOver: async () => false,
        pollMilliseconds: 20,
      });
      while (jobs.log.length === 0) await pause(5);
      await redis.stop();
      await expect(work).rejects.toThrow(/has not answered for 1 seconds .*given up/);
      expect(jobs.log).toEqual(['+a', '-a']);
      await queue.close();
    });

    it('what no client of the queue can read is put with the failed jobs, once', async () => {
      const url = await ownDatabase();
      const client = new Redis(url);
      const said: string[] = [];
      const queue = await connectRedisQueue({ url, leaseSeconds: 1, say: (line) => said.push(line) });
      await client.set('certprune:jobs:text', 'no job');
      await client.hset('certprune:jobs:half', { name: 'x', data: '{', opts: '{', timestamp: '1' });
      await client.rpush('certprune:jobs:wait', 'text', 'half');
      for (let look = 0; look < 4; look++) expect(await queue.take(() => true)).toBeUndefined();
      expect(await client.lrange('certprune:jobs:active', 0, -1)).toEqual([]);
      expect((await client.zrange('certprune:jobs:failed', '0', '-1')).sort()).toEqual(['half', 'text']);
      expect(await client.hget('certprune:jobs:text', 'failedReason')).toMatch(/^Refused/);
      expect(said).toHaveLength(2);
      await queue.close();
      client.disconnect();
    });

    it('a database that the server does not have is refused, not replaced by another', async () => {
      const redis = await startRedis();
      await expect(connectRedisQueue({ url: `${redis.url}/99` })).rejects.toThrow(/DB index is out of range/);
      await redis.stop();
    });

    it('that takes connections and answers nothing, does not outlast Ctrl-C', async () => {
      const redis = await startRedis();
      const interrupt = new AbortController();
      const queue = await connectRedisQueue({ url: redis.url, signal: interrupt.signal });
      redis.freeze();
      const asked = queue.status(newSweep());
      setTimeout(() => interrupt.abort(), 100);
      const begun = performance.now();
      await expect(asked).rejects.toThrow(/closed/);
      await queue.close();
      expect(performance.now() - begun).toBeLessThan(8000);
      await redis.stop();
    }, 20_000);

    it('gone, does not outlast Ctrl-C', async () => {
      const redis = await startRedis();
      const interrupt = new AbortController();
      const queue = await connectRedisQueue({ url: redis.url, signal: interrupt.signal });
      await redis.stop();
      const asked = queue.status(newSweep());
      setTimeout(() => interrupt.abort(), 100);
      const begun = performance.now();
      await expect(asked).rejects.toThrow(/closed/);
      await queue.close();
      expect(performance.now() - begun).toBeLessThan(6000);
    });

    const openssl = spawnSync('openssl', ['version']).status === 0;
    const hasTls =
      openssl &&
      /libssl/.test(spawnSync('sh', ['-c', 'ldd "$(command -v redis-server)"']).stdout?.toString() ?? '');
    it.skipIf(!hasTls)('over TLS', async () => {
      const folder = mkdtempSync(join(tmpdir(), 'tls-'));
      const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
      execFileSync(
        'openssl',
        [
          'req',
          '-x509',
          '-newkey',
          'rsa:2048',
          '-nodes',
          '-keyout',
          key,
          '-out',
          cert,
          '-days',
          '2',
          '-subj',
          '/CN=localhost',
          '-addext',
          'subjectAltName=DNS:localhost',
        ],
        { stdio: 'ignore' },
      );
      const port = await freePort();
      const redis = await startRedis({
        'tls-port': String(port),
        'tls-cert-file': key.replace('key', 'cert'),
        'tls-key-file': key,
        'tls-auth-clients': 'no',
        requirepass: 'pw',
      });
      const url = `rediss://:pw@localhost:${port}`;
      await expect(connectRedisQueue({ url })).rejects.toThrow(/self-signed/);
      const script = `import { connectRedisQueue } from ${JSON.stringify(new URL('./redisQueue.ts', import.meta.url).href)};
      const queue = await connectRedisQueue({ url: process.env.URL }); await queue.close(); console.log('connected');`;
      const child = spawnSync(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
        env: { ...process.env, URL: url, NODE_EXTRA_CA_CERTS: cert },
      });
      expect(child.stdout.toString() + child.stderr.toString()).toMatch(/^connected/);
      await redis.stop();
    });
  },
);
