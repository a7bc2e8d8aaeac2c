import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeFixtureRun } from '../fixture.testing.ts';
import { readRun } from '../read.ts';
import { meanSeconds, type RunData } from '../runData.ts';
import { comparisonCharts } from './comparison.ts';

let folder: string;
let runs: RunData[];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'comparison-'));
  const small = { states: 3, images: 20, epochs: 1 };
  const roots = [
    await writeFixtureRun(folder, { ...small, name: 'one', seed: 1 }),
    await writeFixtureRun(folder, { ...small, name: 'two', seed: 2 }),
    await writeFixtureRun(folder, { ...small, name: 'snip', seed: 1, criterion: 'snip', measured: false }),
  ];
  runs = await Promise.all(roots.map(readRun));
});
afterAll(() => rm(folder, { recursive: true }));

describe('charts of several runs', () => {
  it('show certified and standard accuracy, unstable neurons, NRS and seconds of every state that has them', () => {
    const charts = new Map(comparisonCharts(runs).map((chart) => [chart.id, chart]));
    expect([...charts.keys()]).toEqual([
      'comparison',
      'comparison-standard',
      'comparison-unstable',
      'comparison-nrs',
      'comparison-seconds',
    ]);
    const valueOf = (id: string, column: string, name: string, state: number): unknown =>
      charts.get(id)!.rows.find((row) => row['run'] === name && row['state'] === state)?.[column];
    const [one] = runs;
    const state = one.states[1];
    expect(valueOf('comparison-standard', 'standard', 'one', 1)).toBe(state.meta!.standard);
    expect(valueOf('comparison-seconds', 'seconds', 'one', 1)).toBe(meanSeconds(state));
    const { layers } = state.neurons!;
    const neurons = layers.reduce((sum, layer) => sum + layer.neurons, 0);
    const mean = (of: (layer: (typeof layers)[number]) => number): number =>
      layers.reduce((sum, layer) => sum + of(layer) * layer.neurons, 0) / neurons;
    expect(valueOf('comparison-nrs', 'nrsLoss', 'one', 1)).toBeCloseTo(
      mean((l) => l.nrsLoss!),
      12,
    );
    expect(valueOf('comparison-unstable', 'unstable', 'one', 1)).toBeCloseTo(
      mean((l) => l.unstable),
      12,
    );
    expect(valueOf('comparison-nrs', 'nrsLoss', 'snip', 1)).toBeUndefined();
    expect(charts.get('comparison-seconds')!.rows).toHaveLength(9);
  });

  it('join seeds in one colour with the range of their values', () => {
    const { spec, alt, caption } = comparisonCharts(runs).find(({ id }) => id === 'comparison-standard')!;
    const { layer } = spec(700) as { layer: { data?: { values: { lower: number; upper: number }[] } }[] };
    const bands = layer[0].data!.values;
    expect(bands).toHaveLength(3);
    const both = runs.slice(0, 2).map((run) => run.states[0].meta!.standard!);
    expect(bands[0]).toMatchObject({ lower: Math.min(...both), upper: Math.max(...both) });
    expect(alt).toContain('one (2 seeds): ');
    expect(caption).toContain('band from lowest to highest');
    expect(comparisonCharts([])).toEqual([]);
  });
});
