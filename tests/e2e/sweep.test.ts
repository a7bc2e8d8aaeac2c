import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { redisMissing, startRedis } from '../../src/run/sweep/redis.testing.ts';
import { command, pause, start, until } from './command.testing.ts';
import type { Started } from './command.testing.ts';
import { contentsOf } from './runContents.testing.ts';

const study = `preset: mnist-smoke
name: tiny
base:
  train_size: 1024
  validation_size: 64
  eval_images: 64
  verify: { images: { start: 0, end: 3 }, max_domains: 10, certify: always, pgd: { steps: 5, restarts: 1 }, alpha: { iterations: 10 } }
grid:
  prune_method: [snip]
  seed: [1, 2]
chunk: 2
`;
const names = ['snip-seed1', 'snip-seed2'];

let folder: string;
let config: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'certprune-sweep-'));
  config = join(folder, 'study.yaml');
  writeFileSync(config, study);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const sweep = (runs: string, ...more: string[]): string[] => [
  'sweep',
  `--config=${config}`,
  `--runs=${join(folder, runs)}`,
  '--jobs=2',
  ...more,
];

/** What every run of the sweep must have, whoever did its jobs. */
const allContents = (runs: string, of: readonly string[]): Record<string, unknown> =>
  Object.fromEntries(of.map((name) => [name, contentsOf(join(folder, runs, 'tiny', name))]));

/** Waits until a job of the worker is in the middle of a run. @returns the number of the job's process */
async function takesUpARun(worker: Started, runs: string): Promise<number> {
  const locks = names.map((name) => join(folder, runs, 'tiny', name, 'run.lock'));
  const held = (): string | undefined => locks.find((lock) => existsSync(lock));
  await until(worker, () => held() !== undefined, 'it took up a run');
  const { pid } = JSON.parse(readFileSync(held()!, 'utf8')) as { pid: number };
  return pid;
}

let embedded: Record<string, unknown>;

describe('a sweep on this machine', () => {
  it('killed, goes on when it is called again, and ends with all runs and their comparison', async () => {
    const first = start(sweep('here'));
    await first.says(/[3-9] of 16 jobs done/);
    first.child.kill('SIGKILL');
    await first.ended;
    const { code, out, err } = await command(sweep('here'));
    expect(code, err).toBe(0);
    expect(err).toMatch(/tiny: 2 runs, 16 jobs, ([3-9]|1\d) done before/);
    expect(err).toContain('16 of 16 jobs done, 0 running, 0 waiting');
    for (const name of names) expect(out).toMatch(new RegExp(`^${name} +complete +2/2 +2/2`, 'm'));
    const page = /Report: (.*)/.exec(out)?.[1] ?? '';
    for (const name of names) expect(readFileSync(page, 'utf8')).toContain(name);
    embedded = allContents('here', names);
    for (const contents of Object.values(embedded)) {
      const files = Object.keys(contents as object);
      for (const file of ['states/01/last.safetensors', 'verify/00.csv', 'verify/01.csv'])
        expect(files).toContain(file);
    }
    const left = readdirSync(join(folder, 'here'), { recursive: true, encoding: 'utf8' });
    expect(left.filter((file) => /lock|\.tmp$|partial/.test(file))).toEqual([]);
  });

  it('does nothing when all is done; --dry-run writes nothing; --json says all', async () => {
    const planned = await command(sweep('nowhere', '--dry-run'));
    expect(planned.out).toContain('Jobs: 16 (4 train, 2 prune, 8 verify, 2 collect); 0 are done.');
    // Beside another run there may be no time to measure.
    expect(planned.out).toMatch(
      / epochs of training, about [\d.:]+( s)? (as measured here|\(estimated in part [^)]*\)); /,
    );
    expect(existsSync(join(folder, 'nowhere'))).toBe(false);
    const { out, code } = await command(sweep('here', '--json', '--no-report'));
    expect(code).toBe(0);
    const { jobs, runs } = JSON.parse(out) as { jobs: { done: number }; runs: { name: string }[] };
    expect(jobs.done).toBe(16);
    expect(runs.map(({ name }) => name)).toEqual(names);
  });

  it('a job that fails is listed with what was given up for it, and the exit code says so', async () => {
    const bad = join(folder, 'bad.yaml');
    const base =
      'preset: mnist-smoke\nbase: {train_size: 256, epochs: 1, lr: 1.0e+30, verify: {images: {end: 1}}}\n';
    writeFileSync(bad, base);
    const args = ['sweep', '--config', bad, '--runs', join(folder, 'bad'), '--no-report'];
    const { code, err } = await command(args);
    expect(code).toBe(1);
    expect(err).toMatch(
      /1 of 6 jobs failed; 5 more were given up because they need them:\n {2}run\/train-00: .*NaN/,
    );
  });
});

describe.skipIf(redisMissing !== undefined)(
  `a sweep over Redis${redisMissing === undefined ? '' : ` (skipped: ${redisMissing})`}`,
  () => {
    it('with a worker killed in the middle of a job ends with the same bits', async () => {
      const redis = await startRedis();
      const shared = ['--queue', redis.url, '--runs', join(folder, 'shared')];
      const worker = ['worker', ...shared, '--jobs', '1', '--lease', '2'];
      const coordinator = start(['sweep', '--config', config, ...shared]);
      try {
        await coordinator.says(/0 of 16 jobs done/);
        const first = start(worker);
        await takesUpARun(first, 'shared');
        first.child.kill('SIGKILL');
        const { err: said } = await first.ended;
        const lost = [...said.matchAll(/(\S+) begins/g)].at(-1)![1];
        expect(said).not.toContain(`${lost} is done`);
        const [second, third] = [start(worker), start(worker)];
        const { code, out, err } = await coordinator.ended;
        expect(code, err).toBe(0);
        for (const name of names) expect(out).toMatch(new RegExp(`^${name} +complete`, 'm'));
        for (const { child } of [second, third]) child.kill('SIGINT');
        const workers = await Promise.all([second.ended, third.ended]);
        for (const ended of workers) {
          expect(ended.code).toBe(130);
          expect(ended.err).toContain('is done after');
        }
        expect(workers.map((ended) => ended.err).join('\n')).toContain(`${lost} begins`);
        for (const [name, contents] of Object.entries(allContents('shared', names)))
          expect(contents, name).toEqual(embedded[name]);
      } finally {
        coordinator.child.kill('SIGKILL');
        await redis.stop();
      }
    });

    it('cancelled in the middle of a job stops it and everything; queued again, ends with the same bits', async () => {
      const redis = await startRedis();
      const shared = ['--queue', redis.url, '--runs', join(folder, 'cancelled')];
      const worker = start(['worker', ...shared, '--jobs', '1']);
      const coordinator = start(['sweep', '--config', config, ...shared]);
      try {
        const pid = await takesUpARun(worker, 'cancelled');
        // Held, the job is still at work when it is cancelled, and when its worker hears of that.
        process.kill(pid, 'SIGSTOP');
        const cancelled = await command(['sweep', '--config', config, ...shared, '--cancel']);
        expect(cancelled.code, cancelled.err).toBe(0);
        expect(cancelled.out).toMatch(/Cancelled: 15 waiting jobs .*; 1 at work were told to save and stop/);
        const watched = await coordinator.ended;
        expect(watched.code).toBe(1);
        expect(watched.err).toContain('tiny was cancelled with 0 of 16 jobs done');
        await pause(1500);
        process.kill(pid, 'SIGCONT');
        await worker.says(/train-\d+ was cancelled/);
        const { code, err } = await command(['sweep', '--config', config, ...shared]);
        expect(code, err).toBe(0);
        worker.child.kill('SIGINT');
        expect((await worker.ended).code).toBe(130);
        for (const [name, contents] of Object.entries(allContents('cancelled', names)))
          expect(contents, name).toEqual(embedded[name]);
      } finally {
        for (const { child } of [worker, coordinator]) child.kill('SIGKILL');
        await redis.stop();
      }
    });
  },
);
