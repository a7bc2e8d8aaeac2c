import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { createRng } from '../../src/data/rng.ts';
import { readRun } from '../../src/report/read.ts';
import { beginRun, findRun, readOverview } from '../../src/run/runs.ts';
import { resolveConfig, type RunConfig } from '../../src/run/config/resolve.ts';
import { runDamage } from '../../src/run/damage.ts';
import { runExperiment, verifyStates } from '../../src/run/experiment.ts';
import { fakeStages } from '../../src/run/fakeStages.testing.ts';
import { runPaths } from '../../src/run/paths.ts';
import { readRunConfig } from '../../src/run/runDirectory.ts';

const config = resolveConfig({
  text:
    'trainer: fgsm\ndataset: mnist\narch: cifar_model\nscheduler_name: FixedScheduler\nepochs: 2\nprune_times: 3\n' +
    'prune_type: rewind_lt\nrewind_epoch: 1\nrate: .4\nverify: {images: {start: 2, end: 6}}\n',
  origin: 'test.yaml',
});

let directory: string;
const experiment = (own: RunConfig = config): Parameters<typeof runExperiment>[0] => ({
  directory,
  config: own,
  stages: fakeStages(),
  signal: new AbortController().signal,
  progress: () => {},
  now: () => 0,
});

/** Every file but the log, which tells of the repair. */
function contents(): Record<string, string> {
  const files = readdirSync(directory, { recursive: true, encoding: 'utf8' }).sort();
  return Object.fromEntries(
    files
      .filter((file) => statSync(join(directory, file)).isFile() && file !== 'events.jsonl')
      .map((file) => [file, readFileSync(join(directory, file), 'latin1')]),
  );
}

let whole: Record<string, string>;
const restore = (): void => {
  rmSync(directory, { recursive: true, force: true });
};
beforeAll(() => {
  vi.spyOn(process.stderr, 'write').mockImplementation(() => true);
});
beforeEach(async () => {
  directory = join(mkdtempSync(join(tmpdir(), 'damage-')), 'run');
  await runExperiment(experiment());
  whole = contents();
  return restore;
});

const paths = (): ReturnType<typeof runPaths> => runPaths(directory);

/** Turns one bit of a file round. */
function flip(file: string, bit: number): void {
  const bytes = readFileSync(file);
  bytes[bit >> 3] ^= 1 << (bit & 7);
  writeFileSync(file, bytes);
}

describe('a flipped bit', () => {
  it('of a sound run is nowhere', () => {
    expect(runDamage(paths(), config)).toEqual([]);
    expect(beginRun(directory, config, { resume: true, fresh: false })).toBe('complete');
  });

  it.each([
    'states/00/init.safetensors',
    'states/00/rewind.safetensors',
    'states/01/last.safetensors',
    'states/01/best.safetensors',
    'states/02/meta.json',
    'verify/01.csv',
    'verify/02.json',
  ])('of %s is noticed, and --resume does that part again with the same bits', async (name) => {
    const rng = createRng(7);
    const file = join(directory, name);
    const bytes = readFileSync(file);
    for (let time = 0; time < 25; time++) {
      writeFileSync(file, bytes);
      flip(file, rng.integer(8 * bytes.length));
      expect(runDamage(paths(), config).length, `time ${time}`).toBeGreaterThan(0);
    }
    expect(beginRun(directory, config, { resume: true, fresh: false })).toBe('resume');
    await runExperiment(experiment());
    expect(contents()).toEqual(whole);
    expect(beginRun(directory, config, { resume: true, fresh: false })).toBe('complete');
  });

  it('of verdicts is refused by the report, which says what helps', async () => {
    flip(paths().verify(1).csv, 8 * 60);
    await expect(readRun(directory)).rejects.toThrow(/01\.csv is not what was written.*--resume/);
    flip(paths().verify(1).csv, 8 * 60);
    flip(paths().state(1).meta, 8 * 40);
    await expect(readRun(directory)).rejects.toThrow(/meta\.json .*--resume/);
    expect(readOverview(directory)).toMatchObject({ status: 'damaged' });
    await expect(
      verifyStates(experiment(), { states: 'all', verify: config.verify, fresh: false }),
    ).rejects.toThrow(/meta\.json .*--resume does the state again/);
  });

  it('a missing checkpoint is made again', async () => {
    rmSync(paths().state(1).last);
    await runExperiment(experiment());
    expect(contents()).toEqual(whole);
  });

  it('runs of older versions, without checksums, are read and complete', async () => {
    const strip = (file: string, ...keys: string[]): void => {
      const record = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
      for (const key of ['checksum', ...keys]) delete record[key];
      writeFileSync(file, JSON.stringify(record, null, 2));
    };
    for (const state of [0, 1, 2]) {
      strip(paths().state(state).meta, 'files');
      strip(paths().verify(state).json, 'csv');
    }
    strip(paths().environment, 'config');
    expect(beginRun(directory, config, { resume: true, fresh: false })).toBe('complete');
    expect((await readRun(directory)).states).toHaveLength(3);
    await runExperiment(experiment());
    expect(readOverview(directory)).toMatchObject({ status: 'complete' });
  });
});

describe('config.yaml', () => {
  const edit = (from: string, to: string): void => {
    const text = readFileSync(paths().config, 'utf8');
    expect(text).toContain(from);
    writeFileSync(paths().config, text.replace(from, to));
  };

  it('edited is refused, with what changed and a way that works', async () => {
    edit('rate: 0.4', 'rate: 0.5');
    const edited = readRunConfig(paths());
    const message =
      /config\.yaml was edited after the run began \(rate 0\.4, now 0\.5\).*Delete .*config\.yaml/s;
    expect(() => beginRun(directory, edited, { resume: true, fresh: false })).toThrow(message);
    await expect(runExperiment(experiment(edited))).rejects.toThrow(message);
    rmSync(paths().config);
    expect(findRun(directory)).toBe(directory);
    expect(beginRun(directory, readRunConfig(paths()), { resume: true, fresh: false })).toBe('complete');
    expect(contents()).toEqual(whole);
  });

  it('may ask for more states', async () => {
    edit('prune_times: 3', 'prune_times: 4');
    await runExperiment(experiment(readRunConfig(paths())));
    expect(existsSync(paths().verify(3).csv)).toBe(true);
  });

  it('missing, with no copy of it, is asked for; another one does not take the states over', async () => {
    rmSync(paths().config);
    const other = { ...config, rate: 0.5 };
    await expect(runExperiment(experiment(other))).rejects.toThrow(/no config\.yaml, but states of another/);
    const record = JSON.parse(readFileSync(paths().environment, 'utf8')) as Record<string, unknown>;
    for (const key of ['config', 'checksum']) delete record[key];
    writeFileSync(paths().environment, JSON.stringify(record));
    expect(() => findRun(directory)).toThrow(/no config\.yaml.*--resume/s);
  });
});
