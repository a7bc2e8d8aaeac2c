import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { describe, expect, it } from 'vitest';
import { sharedPath } from '../../formats/shared.testing.ts';
import { UserError } from '../../formats/userError.ts';
import { resolveConfig, toYaml } from '../config/resolve.ts';
import { checkJob } from './checkJob.ts';
import { fakeJob, fakeLaunches } from './fakeJobs.testing.ts';
import type { Job, JobWork } from './job.ts';
import { jobId } from './jobPlan.ts';
import { processLauncher } from './launcher.ts';
import { sweepPaths } from './paths.ts';
import { readPayload } from './payload.ts';
import { doAll, newSweep, ownDatabase, statesOf } from './queues.testing.ts';
import { redisAddress } from './redisAddress.ts';
import { connectRedisQueue } from './redisQueue.ts';
import { freePort, redisMissing, startRedis } from './redis.testing.ts';
import { folderOf } from './reference.ts';
import { workOnJobs } from './workOnJobs.ts';
import { createAdmission } from './admission.ts';

const real = (run: string, work: JobWork): Job => ({ ...fakeJob('x'), run, work, id: jobId(run, work) });
const payload = (job: unknown, sweep: unknown = newSweep(), era: unknown = '0'): unknown => ({
  job,
  sweep,
  era,
});
const train = real('r', { kind: 'train', state: 0 });

describe('payloads', () => {
  it('as certprune writes them are read', () => {
    for (const work of [
      { kind: 'prune', state: 1 },
      { kind: 'verify', state: 0, start: 0, end: 25 },
      { kind: 'collect' },
    ] as const)
      expect(readPayload(payload(real('a-seed1_0.5', work)))).not.toHaveProperty('fault');
  });

  it.each<[string, unknown]>([
    ['nothing', null],
    ['an empty one', {}],
    ['a list', []],
    ['no sweep id', payload(train, { folder: 'f', version: '0' })],
    ['a folder above', payload(train, { ...newSweep(), folder: '..' })],
    ['a folder elsewhere', payload(train, { ...newSweep(), folder: '../../outside' })],
    ['an absolute folder', payload(train, { ...newSweep(), folder: '/etc' })],
    ['a run above', payload({ ...train, run: '..' })],
    ['a run within a run', payload({ ...train, run: 'a/b' })],
    ['a run with a backslash', payload({ ...train, run: 'a\\b' })],
    ['what the sweep keeps', payload({ ...train, run: '.sweep' })],
    ['an id with dots', payload({ ...train, id: '../../x' })],
    ['an id with an escape', payload({ ...train, id: 'r/\u001b[31m' })],
    ['unknown work', payload({ ...train, work: { kind: 'delete', state: 0 } })],
    ['a state that is none', payload({ ...train, work: { kind: 'train', state: -1 } })],
    [
      'images that are none',
      payload({ ...train, work: { kind: 'verify', state: 0, start: 0.5, end: 1e99 } }),
    ],
    ['an era that is none', payload(train, newSweep(), { $ne: 1 })],
  ])('of strangers are refused: %s', (_, value) => {
    expect(readPayload(value)).toHaveProperty('fault');
  });
});

describe('a job on the disk', () => {
  const setUp = (): { runs: string; folder: string } => {
    const runs = mkdtempSync(join(tmpdir(), 'hostile-'));
    const folder = join(runs, 'study');
    mkdirSync(join(folder, '.sweep/configs'), { recursive: true });
    const config = resolveConfig({
      text: 'trainer: fgsm\ndataset: mnist\nprune_times: 2\nverify: { images: { start: 10, end: 60 } }\n',
      origin: 'test',
    });
    writeFileSync(join(folder, '.sweep/configs/r.yaml'), toYaml(config));
    return { runs, folder };
  };

  it('must be one that the run has', () => {
    const paths = sweepPaths(setUp().folder);
    const check =
      (work: JobWork, run = 'r') =>
      () =>
        checkJob(real(run, work), paths);
    for (const work of [
      { kind: 'train', state: 1 },
      { kind: 'prune', state: 1 },
      { kind: 'verify', state: 0, start: 10, end: 35 },
      { kind: 'collect' },
    ] as const)
      expect(check(work)).not.toThrow();
    expect(check({ kind: 'train', state: 2 })).toThrow(/no state 2/);
    expect(check({ kind: 'prune', state: 0 })).toThrow(/not pruned/);
    expect(check({ kind: 'verify', state: 0, start: 0, end: 20 })).toThrow(/10 to 60/);
    expect(check({ kind: 'verify', state: 0, start: 20, end: 1e6 })).toThrow(/10 to 60/);
    expect(check({ kind: 'collect' }, 'other')).toThrow(/other\.yaml is missing/);
    expect(() => checkJob({ ...real('r', { kind: 'collect' }), id: 'r/train-00' }, paths)).toThrow(UserError);
  });

  it.each(['r', '.sweep/chunks', '.sweep/chunks/r', '.sweep/logs', 'r/verify', 'r/events.jsonl'])(
    'writes and deletes through no link: %s',
    async (place) => {
      const { folder } = setUp();
      const outside = mkdtempSync(join(tmpdir(), 'outside-'));
      writeFileSync(join(outside, 'kept'), 'kept');
      const at = join(folder, place);
      mkdirSync(join(at, '..'), { recursive: true });
      symlinkSync(outside, at);
      const job = real('r', { kind: 'collect' });
      expect(() => checkJob(job, sweepPaths(folder))).toThrow(/symbolic link/);
      const { kind } = await processLauncher()(job, folder).ended;
      expect(kind).toBe('failed');
      expect(readFileSync(join(outside, 'kept'), 'utf8')).toBe('kept');
      expect(existsSync(join(outside, 'r.collect.log'))).toBe(false);
    },
  );

  it('belongs to a sweep that lies in the folder of runs', () => {
    const { runs, folder } = setUp();
    const reference = { ...newSweep(), folder: 'study', version: '0.1.0' };
    expect(() => folderOf(reference, runs)).toThrow(/not in/);
    const outside = mkdtempSync(join(tmpdir(), 'outside-'));
    mkdirSync(join(outside, '.sweep'));
    writeFileSync(join(outside, '.sweep/sweep.json'), JSON.stringify({ ...reference, folder: 'linked' }));
    symlinkSync(outside, join(runs, 'linked'));
    expect(() => folderOf({ ...reference, folder: 'linked' }, runs)).toThrow(/symbolic link/);
    writeFileSync(join(folder, '.sweep/sweep.json'), '{}');
    expect(() => folderOf({ ...reference, id: undefined as unknown as string }, runs)).toThrow(/not in/);
  });
});

describe('the address', () => {
  it('is read, with the password of the environment where it has none', () => {
    expect(redisAddress('redis://h', {})).toMatchObject({ host: 'h', port: 6379, database: 0, tls: false });
    expect(redisAddress('rediss://u:p%40%2F@[::1]:1/3', {})).toMatchObject({
      host: '::1',
      port: 1,
      database: 3,
      username: 'u',
      password: 'p@/',
      tls: true,
      shown: 'rediss://[::1]:1/3',
    });
    const environment = { CERTPRUNE_REDIS_PASSWORD: 'env' };
    expect(redisAddress('redis://h', environment).password).toBe('env');
    expect(redisAddress('redis://:own@h', environment).password).toBe('own');
  });

  it.each([
    'redis://:s3cret@',
    'http://:s3cret@h',
    'redis://:s3#cret@h:1',
    's3cret',
    'redis://:s3cret@h:99999',
    'redis://:%s3cret@h',
    'redis://:s3cret@h/x',
    'redis:// :s3cret@h',
    'redis:/:s3cret@h?x',
  ])('that is malformed is not repeated: %s', (url) => {
    let message = '';
    try {
      message = redisAddress(url, {}).shown;
    } catch (error) {
      expect(error).toBeInstanceOf(UserError);
      message = (error as Error).message;
    }
    expect(message).not.toMatch(/s3|cret/);
  });
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
