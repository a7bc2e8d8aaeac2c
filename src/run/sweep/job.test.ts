import { existsSync, mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { UserError } from '../../formats/userError.ts';
import { resolveConfig, toYaml } from '../config/resolve.ts';
import { checkJob } from './checkJob.ts';
import { fakeJob } from './fakeJobs.testing.ts';
import { readPayload, type Job, type JobWork } from './job.ts';
import { jobId } from './jobPlan.ts';
import { processLauncher } from './launcher.ts';
import { sweepPaths } from './paths.ts';
import { newSweep } from './queues.testing.ts';
import { redisAddress } from './redisConnection.ts';
import { folderOf } from './reference.ts';

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
