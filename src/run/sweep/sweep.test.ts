import { existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { UserError } from '../../formats/userError.ts';
import { runExperiment } from '../experiment.ts';
import { fakeStages } from '../fakeStages.testing.ts';
import { createAdmission } from './admission.ts';
import { doJob } from './doJob.ts';
import { createEmbeddedQueue } from './embeddedQueue.ts';
import type { JobEnd, Launcher } from './launcher.ts';
import { sweepPaths } from './paths.ts';
import type { JobQueue } from './queue.ts';
import { queues } from './queues.testing.ts';
import { folderOf } from './reference.ts';
import { cancelSweep, planSweep, runSweep } from './sweep.ts';
import { resolveStudy, type Study } from './study.ts';

let runs: string;
beforeEach(() => {
  runs = mkdtempSync(join(tmpdir(), 'sweep-'));
});

const signal = new AbortController().signal;
const study = (seeds = '[1, 2]', chunk = 2): Study =>
  resolveStudy(
    `chunk: ${chunk}\nbase: {trainer: fgsm, dataset: mnist, arch: cnn_small, scheduler_name: FixedScheduler, ` +
      `epochs: 1, prune_times: 2, verify: {images: {start: 0, end: 3}}}\ngrid: {seed: ${seeds}}\n`,
    'study.yaml',
  );

/** Jobs done in this process by stages that only hash. @param step throws where a job is to break off */
function fakeLauncher(step: () => void = () => {}): Launcher & { begun: string[] } {
  const begun: string[] = [];
  const launch: Launcher = (job, folder) => {
    begun.push(job.id);
    const context = {
      sweep: sweepPaths(folder),
      stages: async () => fakeStages(step),
      signal,
      progress() {},
    };
    const ended = doJob(job, context).then(
      (): JobEnd => ({ kind: 'done' }),
      ({ message }: Error): JobEnd => ({ kind: message === 'killed' ? 'crashed' : 'failed', message }),
    );
    return { ended, note: () => '', stop() {}, kill() {} };
  };
  return Object.assign(launch, { begun });
}

const sweep = (launch: Launcher, made = study(), queue: JobQueue = createEmbeddedQueue()) =>
  runSweep(planSweep(made, runs), {
    queue,
    local: { launch, admission: createAdmission({ cores: 3, memoryBytes: 2 ** 40 }, () => 2 ** 40) },
    signal,
    pollMilliseconds: 10,
  });

/** Files of states and verification, without what a clock wrote and checksums over it. */
function contentsOf(run: string): Record<string, string> {
  const files = ['states', 'verify'].flatMap((folder) =>
    readdirSync(join(run, folder), { recursive: true, encoding: 'utf8' })
      .map((file) => join(folder, file))
      .filter((file) => /\.\w+$/.test(file) && !file.endsWith('.witnesses')),
  );
  const plain = (text: string): string =>
    text.replace(/"(seconds|workers|time|csv|checksum)": ?[^,\n]+/g, '');
  return Object.fromEntries(files.map((file) => [file, plain(readFileSync(join(run, file), 'utf8'))]));
}

/** What the runs leave by themselves. */
const whole: Record<string, string>[] = [];
beforeAll(async () => {
  const folder = mkdtempSync(join(tmpdir(), 'whole-'));
  for (const { name, config } of study().runs) {
    const directory = join(folder, name);
    await runExperiment({ directory, config, stages: fakeStages(), signal, progress() {} });
    whole.push(contentsOf(directory));
  }
});

describe('a sweep', () => {
  it('leaves the same runs as the runs by themselves, and then does only what is new in the grid', async () => {
    const status = await sweep(fakeLauncher());
    expect(new Set([...status.values()].map(({ state }) => state))).toEqual(new Set(['done']));
    expect(Object.keys(whole[0])).toContain('verify/01.csv');
    expect(['seed1', 'seed2'].map((name) => contentsOf(join(runs, 'study', name)))).toEqual(whole);
    expect(existsSync(join(runs, 'study/.sweep/chunks/seed1'))).toBe(false);
    expect(existsSync(join(runs, 'study/.sweep/sweep.lock'))).toBe(false);
    expect(readFileSync(join(runs, 'study/seed1/events.jsonl'), 'utf8')).not.toContain('resumed');
    const again = fakeLauncher();
    await sweep(again);
    expect(again.begun).toEqual([]);
    await sweep(again, study('[1, 2, 3]'));
    expect(again.begun).toHaveLength(8);
    expect(again.begun.every((id) => id.startsWith('seed3/'))).toBe(true);
  });

  it('jobs that break off anywhere go on to the same end', async () => {
    for (const every of [3, 5, 7, 11]) {
      let steps = 0;
      const breaking = fakeLauncher(() => {
        if (++steps % every === 0 && steps < 5 * every) throw new Error('killed');
      });
      const made = { ...study('[1]', 1 + (every % 3)), name: `breaking${every}` };
      for (let call = 0; call < 12; call++) {
        const status = await sweep(breaking, made);
        if ([...status.values()].every(({ state }) => state === 'done')) break;
      }
      expect(contentsOf(join(runs, `breaking${every}/seed1`)), `every ${every}`).toEqual(whole[0]);
    }
  });

  it('other chunks than before use the verdicts that are there', async () => {
    const stopping = fakeLauncher();
    await expect(
      sweep((job, folder) => {
        if (job.work.kind === 'collect') throw new Error('enough');
        return stopping(job, folder);
      }, study('[1]')),
    ).rejects.toThrow('enough');
    await sweep(fakeLauncher(), study('[1]', 1));
    expect(contentsOf(join(runs, 'study/seed1'))).toEqual(whole[0]);
  });

  it('a failed job takes its followers along, not the other run', async () => {
    const working = fakeLauncher();
    const status = await sweep((job, folder) =>
      job.id === 'seed1/train-01'
        ? {
            ended: Promise.resolve({ kind: 'failed', message: 'not finite' }),
            note: () => '',
            stop() {},
            kill() {},
          }
        : working(job, folder),
    );
    const of = (id: string) => status.get(id)?.state;
    expect(of('seed1/train-01')).toBe('failed');
    expect(['seed1/verify-01-0-2', 'seed1/verify-01-2-3', 'seed1/collect'].map(of)).toEqual(
      Array(3).fill('blocked'),
    );
    expect(of('seed1/verify-00-0-2')).toBe('done');
    expect(of('seed2/collect')).toBe('done');
  });

  it('refuses a run of another configuration, a run in its place, another sweep at it', async () => {
    await sweep(fakeLauncher());
    const changed = study();
    const [first] = changed.runs;
    const other = { ...changed, runs: [{ ...first, config: { ...first.config, lr: 0.5 } }] };
    expect(() => planSweep(other, runs)).toThrow('begun with another configuration (lr 0.01, now 0.5)');
    expect(() => planSweep({ ...changed, name: 'seed1' }, join(runs, 'study'))).toThrow(
      'is a run, not a sweep',
    );
    writeFileSync(
      join(runs, 'study/.sweep/sweep.lock'),
      JSON.stringify({ pid: process.pid, host: 'elsewhere' }),
    );
    await expect(sweep(fakeLauncher())).rejects.toThrow(UserError);
  });

  it('a queue that forgot everything is told again', async () => {
    let queue = createEmbeddedQueue();
    const forgetful: JobQueue = {
      enqueue: (...args) => queue.enqueue(...args),
      take: (fits) => queue.take(fits),
      heartbeat: (taken, note) => queue.heartbeat(taken, note),
      async done(taken, seconds) {
        await queue.done(taken, seconds);
        if (taken.job.id === 'seed1/train-00') queue = createEmbeddedQueue();
      },
      fail: (...args) => queue.fail(...args),
      release: (taken) => queue.release(taken),
      putOff: (taken) => queue.putOff(taken),
      cancel: (reference) => queue.cancel(reference),
      status: (reference) => queue.status(reference),
      close: async () => {},
    };
    const status = await sweep(fakeLauncher(), study('[1]'), forgetful);
    expect([...status.values()].every(({ state }) => state === 'done')).toBe(true);
    expect(contentsOf(join(runs, 'study/seed1'))).toEqual(whole[0]);
  });
});

for (const { name, skip, open } of queues) {
  it.skipIf(skip !== undefined)(
    `cancelled on the ${name} queue, ends with a message; called again, goes on to the same bits${skip === undefined ? '' : ` (skipped: ${skip})`}`,
    async () => {
      const queue = await open();
      const working = fakeLauncher();
      const cancelling: Launcher = (job, folder) => {
        if (working.begun.length === 4) void cancelSweep(sweepPaths(folder), queue);
        return working(job, folder);
      };
      await expect(cancelSweep(sweepPaths(join(runs, 'study')), queue)).rejects.toThrow('No sweep has begun');
      await expect(sweep(cancelling, study(), queue)).rejects.toThrow(
        /study was cancelled with \d+ of \d+ jobs done. The same command .* goes on/,
      );
      expect(existsSync(join(runs, 'study/.sweep/sweep.lock'))).toBe(false);
      const before = working.begun.length;
      const again = fakeLauncher();
      const status = await sweep(again, study(), queue);
      await queue.close();
      expect([before, again.begun.length].every((count) => count < status.size)).toBe(true);
      expect([...status.values()].every(({ state }) => state === 'done')).toBe(true);
      expect(['seed1', 'seed2'].map((run) => contentsOf(join(runs, 'study', run)))).toEqual(whole);
    },
  );
}

it('a worker looks whether folder and version are the right ones', async () => {
  await sweep(fakeLauncher(), study('[1]'));
  const reference = JSON.parse(readFileSync(join(runs, 'study/.sweep/sweep.json'), 'utf8')) as {
    id: string;
    folder: string;
    version: string;
  };
  expect(folderOf(reference, runs)).toBe(join(runs, 'study'));
  expect(() => folderOf(reference, tmpdir())).toThrow('give the folder that all machines share');
  expect(() => folderOf({ ...reference, id: 'x' }, runs)).toThrow('--runs DIR');
  expect(() => folderOf({ ...reference, version: '0.0.0' }, runs)).toThrow('Install the same version');
});
