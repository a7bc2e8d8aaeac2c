import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chartsOf } from './charts/charts.ts';
import { writeFixtureRun } from './fixture.testing.ts';
import { readRun } from './read.ts';
import { writeReport } from './writeReport.ts';

const NOW = new Date(Date.UTC(2025, 2, 2, 12, 0));

let folder: string;
let page: string;
let files: string[];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'report-write-'));
  const written = await writeReport([await writeFixtureRun(folder, { channels: true })], { now: NOW });
  page = await readFile(written.page, 'utf8');
  files = written.files.map((file) => basename(file));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

describe('writeReport', () => {
  it('writes the page and every chart as SVG, PNG and CSV', async () => {
    const charts = [
      'accuracy',
      'decided',
      'verification-time',
      'errors',
      'pareto',
      'sparsity',
      'layers',
      'channels',
      'weights',
      'unstable',
      'unstable-ibp',
      'nrs-loss',
      'interval-width',
      'bound-product',
      'sensitivity',
      'neurons-linear',
      'neurons-log',
      'nrs-surface',
      'training-loss',
      'training-accuracy',
      'training-verified',
      'training-unstable',
      'training-nrs',
      'training-width',
    ];
    const expected = charts.flatMap((id) => [`${id}.svg`, `${id}.png`, `${id}.csv`]);
    expect(files.toSorted()).toEqual(['index.html', 'summary.csv', 'images.csv', ...expected].toSorted());
    const folderOfReport = join(folder, 'mnist-l1unstruct', 'report');
    expect((await readdir(folderOfReport)).toSorted()).toEqual(files.toSorted());
    const png = await readFile(join(folderOfReport, 'accuracy.png'));
    expect([...png.subarray(0, 8)]).toEqual([137, 80, 78, 71, 13, 10, 26, 10]);
    for (const id of charts) expect(page).toContain(`data-chart="${id}"`);
  });

  it('says where pruning spared a layer', () => {
    expect(page).toContain('Pruning spared the last of conv3 (state 5).');
  });

  it('needs nothing from outside', () => {
    expect(page).not.toMatch(/(?:src|href)="(?:https?:)?\/\//);
    expect(page).not.toMatch(/@import|url\(/);
    expect(page).toContain('2025-03-02 12:00 UTC');
  });

  it('links only to files that it wrote', () => {
    const links = [...page.matchAll(/href="([^"#][^"]*)"/g)].map(([, link]) => decodeURIComponent(link));
    for (const link of links.filter((one) => one !== 'data:,')) expect(files).toContain(link);
  });

  it('is the same text for the same run and time', async () => {
    const root = await writeFixtureRun(folder, {
      name: 'twice',
      states: 2,
      images: 10,
      epochs: 2,
      measured: false,
    });
    const [one, two] = await Promise.all(
      ['one', 'two'].map((name) => writeReport([root], { now: NOW, outDirectory: join(folder, name) })),
    );
    expect(await readFile(one.page, 'utf8')).toBe(await readFile(two.page, 'utf8'));
  });

  it('gives a row a state and a row an image', async () => {
    const lines = async (name: string): Promise<string[]> =>
      (await readFile(join(folder, 'mnist-l1unstruct', 'report', name), 'utf8')).trimEnd().split('\n');
    const summary = await lines('summary.csv');
    expect(summary).toHaveLength(7);
    expect(summary[0]).toMatch(/^run,seed,state,remainRatio,weights,images,standard,pgd,certified,/);
    expect(await lines('images.csv')).toHaveLength(601);
  });

  it('escapes what a configuration may hold', async () => {
    const root = await writeFixtureRun(folder, {
      name: 'odd',
      states: 1,
      images: 3,
      epochs: 2,
      measured: false,
    });
    const file = join(root, 'config.yaml');
    await writeFile(file, `${await readFile(file, 'utf8')}note: "<script>alert('x')</script>"\n`);
    const text = await readFile((await writeReport([root])).page, 'utf8');
    expect(text).toContain('&lt;script&gt;alert');
    expect(text.match(/<script>/g)).toHaveLength(1);
  });

  it('shows a run as far as it came', async () => {
    const root = await writeFixtureRun(folder, {
      name: 'young',
      states: 2,
      verified: 0,
      epochs: 3,
      measured: false,
    });
    const trained = await readFile((await writeReport([root])).page, 'utf8');
    expect(trained).toContain('No state has been verified yet.');
    expect(trained).toContain('data-chart="training-loss"');
    expect(trained).not.toContain('data-chart="accuracy"');
    await rm(join(root, 'events.jsonl'));
    await rm(join(root, 'states'), { recursive: true });
    const begun = await readFile((await writeReport([root])).page, 'utf8');
    expect(begun).not.toContain('data-chart');
    expect(begun).toContain('config.yaml');
  });

  it('compares runs, keeps their files apart and groups seeds', async () => {
    const small = { states: 2, images: 20, epochs: 2, measured: false };
    const roots = [
      await writeFixtureRun(folder, { ...small, name: 'a', seed: 1 }),
      await writeFixtureRun(folder, { ...small, name: 'b', seed: 2 }),
      await writeFixtureRun(folder, { ...small, name: 'c', seed: 1, criterion: 'snip' }),
    ];
    const written = await writeReport(roots);
    expect(written.page).toBe(join(folder, 'comparison', 'index.html'));
    const names = written.files.map((file) => basename(file));
    expect(names).toEqual(
      expect.arrayContaining([
        'comparison.svg',
        'pareto.svg',
        'results.csv',
        'summary.csv',
        'a-accuracy.png',
        'c-images.csv',
      ]),
    );
    expect(new Set(names).size).toBe(names.length);
    const text = await readFile(written.page, 'utf8');
    expect(text).toContain('3 runs compared');
    expect(text).toContain('a (2 seeds)');
    const ids = [...text.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('writes nothing when a run is damaged, and says when it cannot write', async () => {
    const root = await writeFixtureRun(folder, { name: 'broken', states: 1 });
    await writeFile(join(root, 'verify', '00.json'), '{');
    await expect(writeReport([root])).rejects.toThrow(/00\.json is not valid JSON/);
    expect(existsSync(join(root, 'report'))).toBe(false);
    await expect(writeReport([])).rejects.toThrow(/No run is given/);
    await mkdir(join(folder, 'blocked'));
    await writeFile(join(folder, 'blocked', 'report'), '');
    await expect(
      writeReport([join(folder, 'young')], { outDirectory: join(folder, 'blocked', 'report') }),
    ).rejects.toThrow(/Cannot make the folder/);
  });
});

describe('charts', () => {
  it('say in words what they show, for every chart', async () => {
    const run = await readRun(join(folder, 'mnist-l1unstruct'));
    for (const chart of chartsOf(run)) {
      expect(chart.alt.length, chart.name).toBeGreaterThan(40);
      expect(chart.alt, chart.name).not.toMatch(/NaN|undefined|Infinity/);
      expect(chart.rows.length, chart.name).toBeGreaterThan(0);
      expect(JSON.stringify(chart.spec(330)), chart.name).not.toMatch(/NaN|undefined/);
    }
  });
});
