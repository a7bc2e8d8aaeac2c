import { mkdtemp, readFile, rm, writeFile, appendFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeFixtureRun } from './fixture.testing.ts';
import { readRun } from './read.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'report-read-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

describe('readRun', () => {
  it('joins all files by state', async () => {
    const run = await readRun(await writeFixtureRun(folder, { states: 3, images: 40, epochs: 4 }));
    expect(run.name).toBe('mnist-l1unstruct');
    expect(run.states.map((state) => state.state)).toEqual([0, 1, 2]);
    expect(run.states.map((state) => state.epochs.length)).toEqual([4, 4, 4]);
    expect(run.states[0].remainRatio).toBe(1);
    expect(run.states[2].prune?.method).toBe('l1unstruct');
    expect(run.states[1].verification?.rows).toHaveLength(40);
    expect(run.states[2].neurons?.layers.map((layer) => layer.name)).toContain('relu4');
    expect(run.notes).toHaveLength(1);
    expect(run.notices).toEqual([]);
  });

  it('keeps certified ≤ PGD ≤ standard in its counts', async () => {
    const run = await readRun(await writeFixtureRun(folder));
    for (const { verification } of run.states) {
      const { counts } = verification!;
      expect(counts.certified).toBeLessThanOrEqual(counts.pgd);
      expect(counts.pgd).toBeLessThanOrEqual(counts.standard);
    }
  });

  it('reads a run that has only begun', async () => {
    const root = await writeFixtureRun(folder, { states: 2, verified: 0 });
    await rm(join(root, 'events.jsonl'));
    await rm(join(root, 'states'), { recursive: true });
    const run = await readRun(root);
    expect(run.states).toEqual([]);
  });

  it('reads a verification without its summary as unfinished', async () => {
    const root = await writeFixtureRun(folder, { states: 2, images: 30 });
    await rm(join(root, 'verify', '01.json'));
    const run = await readRun(root);
    expect(run.states[1].verification?.complete).toBe(false);
    expect(run.states[1].verification?.counts.images).toBe(30);
    expect(run.notices.join()).toContain('State 1: verification is unfinished, 30 images');
  });

  it('reads the verdicts of a verification that was killed', async () => {
    const root = await writeFixtureRun(folder, { states: 1, images: 30 });
    const { states } = await readRun(root);
    const rows = states[0].verification!.rows.slice(0, 7);
    await rm(join(root, 'verify', '00.csv'));
    await rm(join(root, 'verify', '00.json'));
    const lines = [{ settings: 'x' }, ...rows.map((row) => ({ row, elapsed: 1 }))].map((l) =>
      JSON.stringify(l),
    );
    await writeFile(join(root, 'verify', '00.partial.jsonl'), `${lines.join('\n')}\n{"row":{"ind`);
    const run = await readRun(root);
    expect(run.states[0].verification?.rows).toEqual(rows);
    expect(run.states[0].verification?.complete).toBe(false);
  });

  it('reads a summary without its table', async () => {
    const root = await writeFixtureRun(folder, { states: 1, images: 30 });
    const whole = await readRun(root);
    await rm(join(root, 'verify', '00.csv'));
    const run = await readRun(root);
    expect(run.states[0].verification?.counts).toEqual(whole.states[0].verification?.counts);
  });

  it('tolerates and notes a cut last line of the event log, and nothing else', async () => {
    const root = await writeFixtureRun(folder, { states: 1 });
    const file = join(root, 'events.jsonl');
    await appendFile(file, '{"type":"epoch","time":"2025-');
    const run = await readRun(root);
    expect(run.notices).toEqual([expect.stringMatching(/last line of events\.jsonl \(line 10\) is cut off/)]);
    expect(run.states[0].epochs).toHaveLength(8);
    await appendFile(file, '\n{"type":"note","time":"2025-03-01T00:00:00Z","message":"after"}\n');
    await expect(readRun(root)).rejects.toThrow(/events\.jsonl, line 10 is not valid JSON/);
  });

  it('takes the last record of a repeated epoch and passes over unknown events and lost numbers', async () => {
    const root = await writeFixtureRun(folder, { states: 1, epochs: 2 });
    await appendFile(
      join(root, 'events.jsonl'),
      '{"type":"heartbeat"}\n' +
        '{"type":"epoch","time":"2025-03-02T00:00:00Z","state":0,"epoch":1,"epochs":2,"loss":0.25,"pgd":null,"learningRate":0.1,"seconds":1,"imagesPerSecond":1}\n',
    );
    const { states } = await readRun(root);
    expect(states[0].epochs.map((epoch) => epoch.loss)).toEqual([expect.any(Number), 0.25]);
    expect(states[0].epochs[1]).not.toHaveProperty('pgd');
  });

  it.each([
    ['config.yaml', undefined, /config\.yaml is missing/],
    ['config.yaml', 'a: [1', /config\.yaml: line 1: not valid YAML/],
    ['config.yaml', '- 1', /config\.yaml holds no configuration/],
    ['environment.json', undefined, /environment\.json is missing/],
    ['environment.json', '{', /environment\.json is not valid JSON/],
    ['environment.json', '{}', /environment\.json: field "seed" is wrong/],
    ['states/00/meta.json', '{"state":0,"remainRatio":2}', /meta\.json: field "remainRatio" is wrong/],
    ['states/00/neurons.json', '{"epsilon":0.1,"images":256}', /neurons\.json: field "layers" is wrong/],
    ['verify/00.json', '{"state":0}', /00\.json: field "which" is wrong/],
    ['verify/00.csv', 'index,label\n', /00\.csv, line 1: column "prediction"/],
  ])('names %s when it is %j', async (file, text, message) => {
    const root = await writeFixtureRun(folder, { states: 1 });
    if (text === undefined) await rm(join(root, file));
    else await writeFile(join(root, file), text);
    await expect(readRun(root)).rejects.toThrow(message);
    await expect(readRun(root)).rejects.toHaveProperty('name', 'UserError');
  });

  it('names line and column of a damaged verdict', async () => {
    const root = await writeFixtureRun(folder, { states: 1, images: 5 });
    const file = join(root, 'verify', '00.csv');
    const text = await readFile(file, 'utf8');
    await writeFile(file, text.replace(/verified|falsified|unknown/, 'proved'));
    await expect(readRun(root)).rejects.toThrow(/00\.csv, line 2: column "verdict" holds "proved"/);
    await writeFile(file, `${text}7,1`);
    await expect(readRun(root)).rejects.toThrow(/00\.csv, line 7: 2 fields where 10 are expected/);
  });

  it('says so when there is no directory', async () => {
    await expect(readRun(join(folder, 'nothing'))).rejects.toThrow(/is not a directory/);
  });
});
