import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { resolveConfig } from './config/resolve.ts';
import { runExperiment } from './experiment.ts';
import { fakeStages } from './fakeStages.testing.ts';
import { findRun, listRuns, readOverview, removeRun } from './runs.ts';
import { verdictCsv } from './verdictFiles.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'runs-'));
});

async function makeRun(name: string, ...overrides: string[]): Promise<string> {
  const text =
    'trainer: fgsm\ndataset: mnist\narch: cifar_model\nscheduler_name: FixedScheduler\nepochs: 1\nprune_times: 2\n' +
    'verify: {images: {start: 0, end: 3}}\n';
  const directory = join(folder, name);
  const config = resolveConfig({ text, origin: 'test', overrides: [`name=${name}`, ...overrides] });
  const signal = new AbortController().signal;
  await runExperiment({ directory, config, stages: fakeStages(), signal, progress: () => {} });
  return directory;
}

describe('runs', () => {
  it('are listed with how far they came', async () => {
    await makeRun('done');
    const stopped = await makeRun('half', 'verify.when=never');
    mkdirSync(join(folder, 'no-run'));
    mkdirSync(join(folder, 'broken'));
    writeFileSync(join(folder, 'broken', 'config.yaml'), 'rate: [');
    writeFileSync(join(stopped, 'states', '01', 'meta.json'), '{"state":1,"finished":false,"layers":[]}');
    const byName = Object.fromEntries(listRuns(folder).map((run) => [run.name, run]));
    expect(Object.keys(byName).sort()).toEqual(['broken', 'done', 'half']);
    expect(byName['done']).toMatchObject({ status: 'complete', states: 2 });
    expect(byName['done'].summaries.map((summary) => summary.images)).toEqual([3, 3]);
    expect(byName['half'].status).toBe('stopped');
    expect(byName['broken']).toMatchObject({ status: 'damaged' });
    expect(byName['broken'].problem).toContain('not valid YAML');
    expect(listRuns(join(folder, 'nowhere'))).toEqual([]);
  });

  it('with records that are valid JSON and no records are damaged, not faults of the program', async () => {
    const directory = await makeRun('odd');
    const text = readFileSync(join(directory, 'environment.json'), 'utf8');
    for (const content of ['null', '[]', '{}', '{"dataset":{"files":7}}']) {
      writeFileSync(join(directory, 'environment.json'), content);
      await expect(makeRun('odd')).rejects.toThrow('is no such record: the file is damaged');
    }
    writeFileSync(join(directory, 'environment.json'), text);
    writeFileSync(join(directory, 'states', '00', 'meta.json'), 'null');
    expect(readOverview(directory)).toMatchObject({ status: 'damaged' });
  });

  it('of too many states to list are refused', () => {
    const text = 'trainer: fgsm\nprune_times: 100000000\n';
    expect(() => resolveConfig({ text, origin: 'test' })).toThrow('expected at most 10000');
  });

  it('are found by path and by name, with advice', async () => {
    const directory = await makeRun('mine');
    expect(findRun('mine', folder)).toBe(directory);
    expect(findRun(directory)).toBe(directory);
    expect(() => findRun('mime', folder)).toThrow('did you mean "mine"?');
    expect(() => findRun('mine', join(folder, 'empty'))).toThrow('there are no runs in');
  });

  it('are removed, but never while a process is at work, nor what is no run', async () => {
    const directory = await makeRun('mine');
    const lock = join(directory, 'run.lock');
    writeFileSync(lock, JSON.stringify({ pid: process.pid, host: hostname() }));
    expect(readOverview(directory).status).toBe('running');
    expect(() => removeRun(directory)).toThrow('nothing was deleted');
    writeFileSync(lock, '');
    removeRun(directory);
    expect(existsSync(directory)).toBe(false);
    expect(() => removeRun(folder)).toThrow('not a run directory');
  });

  it.skipIf(process.getuid?.() === 0)('cannot be begun where nothing can be written', async () => {
    chmodSync(folder, 0o500);
    await expect(makeRun('mine')).rejects.toThrow('cannot be written: permission denied');
    chmodSync(folder, 0o700);
  });

  it('cannot be begun where a file is in the way', async () => {
    writeFileSync(join(folder, 'mine'), '');
    await expect(makeRun('mine')).rejects.toThrow(
      /cannot be written: (something else of that name is in the way|a part of its path is no folder)/,
    );
  });
});

describe('verdictCsv', () => {
  it('quotes where needed and leaves bounds empty that are none', () => {
    const row = { index: 0, label: 1, prediction: 1, verdict: 'unknown', by: '', why: 'timeout' } as const;
    const csv = verdictCsv([{ ...row, seconds: 1.5, domains: 2, lowerBound: Number.NaN, witness: 'a,"b"' }]);
    expect(csv.split('\n')[1]).toBe('0,1,1,unknown,,timeout,1.5,2,,"a,""b""",,');
  });
});
