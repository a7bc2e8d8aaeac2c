import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { compile, type TopLevelSpec } from 'vega-lite';
import { galleryCharts, inventedRuns, specificationMark } from '../gallery.testing.ts';
import { meanSeconds, type RunData } from '../runData.ts';
import { CHART_COLOURS } from '../theme.ts';
import type { Chart } from './chart.ts';
import { charts, comparisonCharts } from './charts.ts';

const WIDTHS = [330, 528, 1080];

let drawn: Chart[];
let compared: RunData[];
beforeAll(async () => {
  drawn = await galleryCharts();
  ({ compared } = await inventedRuns());
});

/** One channel of one layer with the rows that it draws. */
interface Channel {
  readonly rows: readonly Record<string, unknown>[];
  readonly name: string;
  readonly field?: string;
  readonly scale?: { readonly domain?: readonly unknown[]; readonly type?: string };
}

interface Node {
  readonly data?: { readonly values: readonly Record<string, unknown>[] };
  readonly encoding?: Readonly<Record<string, Omit<Channel, 'rows' | 'name'>>>;
  readonly layer?: readonly Node[];
  readonly spec?: Node;
}

/** The channels of a specification; layers take data from above. */
function channelsOf(node: Node, above: Channel['rows'] = []): Channel[] {
  const rows = node.data?.values ?? above;
  return [
    ...Object.entries(node.encoding ?? {}).map(([name, channel]) => ({ ...channel, name, rows })),
    ...[...(node.layer ?? []), ...(node.spec ? [node.spec] : [])].flatMap((part) => channelsOf(part, rows)),
  ];
}

/** What is wrong with a specification, by channel. */
function faultsOf(spec: Node): string[] {
  return channelsOf(spec).flatMap(({ rows, name, field, scale }) => {
    if (field === undefined || rows.length === 0) return [];
    const values = rows.map((row) => row[field]);
    if (values.some((value) => value === undefined || value === null || Number.isNaN(value)))
      return [`${name}: rows without ${field}`];
    const domain = scale?.domain;
    if (domain === undefined || name === 'strokeDash') return [];
    if (domain.every((end) => typeof end === 'number')) {
      const outside = (values as number[]).some((v) => v < Math.min(...domain) || v > Math.max(...domain));
      return outside ? [`${name}: values of ${field} outside ${domain.join(' to ')}`] : [];
    }
    return values.every((value) => domain.includes(value)) ? [] : [`${name}: a ${field} without its place`];
  });
}

describe.each(charts.members())('chart $name', ({ name }) => {
  const own = (): Chart => drawn.find((chart) => chart.name === name)!;

  it('says in words what it shows', () => {
    const { alt, caption, rows } = own();
    expect(alt.length).toBeGreaterThan(40);
    expect(alt + caption).not.toMatch(/NaN|undefined|Infinity/);
    expect(rows.length).toBeGreaterThan(0);
  });

  it.each(WIDTHS)('draws all its rows inside its axes, %i pixels wide', (width) => {
    const spec = own().spec(width);
    expect(faultsOf(spec)).toEqual([]);
    const complaints: unknown[] = [];
    const complain = (...args: readonly unknown[]) => (complaints.push(...args), logger);
    const logger = {
      level: () => logger,
      error: complain,
      warn: complain,
      info: () => logger,
      debug: () => logger,
    };
    compile(spec as unknown as TopLevelSpec, { logger });
    // Rows of a fixed height need no fitting.
    expect(
      complaints.filter((text) => !String(text).includes('"fit-y" because spec has discrete height')),
    ).toEqual([]);
  });

  it('uses colours that have a form for dark paper', () => {
    const known = new Set(CHART_COLOURS.map(({ light }) => light));
    const used = JSON.stringify(own().spec(1080)).match(/#[0-9a-f]{6}\b/g) ?? [];
    expect(used.filter((colour) => !known.has(colour))).toEqual([]);
  });

  it('stands in the gallery as it is drawn today', () => {
    const gallery = readFileSync(new URL('../../../docs/gallery.md', import.meta.url), 'utf8');
    const mark = new RegExp(`^### ${name}\n\n<!-- (\\w+) -->`, 'm').exec(gallery)?.[1];
    expect(mark, 'run "npm run gallery"').toBe(specificationMark(own()));
  });
});

describe('charts of several runs', () => {
  it('show what the runs’ files hold, state by state', () => {
    const found = new Map(comparisonCharts(compared).map((chart) => [chart.name, chart]));
    const valueOf = (name: string, column: string): unknown =>
      found.get(name)!.rows.find((row) => row['run'] === 'magnitude' && row['state'] === 1)?.[column];
    const state = compared[0].states[1];
    expect(valueOf('comparison-standard', 'standard')).toBe(state.meta!.standard);
    expect(valueOf('comparison-seconds', 'seconds')).toBe(meanSeconds(state));
    const { layers } = state.neurons!;
    const neurons = layers.reduce((sum, layer) => sum + layer.neurons, 0);
    const mean = (of: (layer: (typeof layers)[number]) => number): number =>
      layers.reduce((sum, layer) => sum + of(layer) * layer.neurons, 0) / neurons;
    expect(valueOf('comparison-nrs', 'nrsLoss')).toBeCloseTo(
      mean((layer) => layer.nrsLoss!),
      12,
    );
    expect(valueOf('comparison-unstable', 'unstable')).toBeCloseTo(
      mean((layer) => layer.unstable),
      12,
    );
    expect(found.get('comparison-seconds')!.rows).toHaveLength(12);
  });

  it('leave out runs that lack the measure, and themselves without any', () => {
    const bare = compared.map((run) => ({
      ...run,
      states: run.states.map(({ neurons: _, ...state }) => ({ ...state, epochs: [] })),
    }));
    const names = (runs: readonly RunData[]): string[] => comparisonCharts(runs).map(({ name }) => name);
    expect(names(bare)).toEqual(['comparison', 'pareto', 'comparison-standard', 'comparison-seconds']);
    expect(
      comparisonCharts([...bare.slice(1), compared[0]]).find(({ name }) => name === 'comparison-nrs')!.rows,
    ).toHaveLength(4);
    expect(names([])).toEqual([]);
  });

  it('join seeds in one colour with the range of their values', () => {
    const { spec, alt, caption } = comparisonCharts(compared).find(
      ({ name }) => name === 'comparison-standard',
    )!;
    const { layer } = spec(700) as { layer: { data?: { values: { lower: number; upper: number }[] } }[] };
    const bands = layer[0].data!.values;
    expect(bands).toHaveLength(4);
    const both = compared.slice(0, 2).map((run) => run.states[0].meta!.standard!);
    expect(bands[0]).toMatchObject({ lower: Math.min(...both), upper: Math.max(...both) });
    expect(alt).toContain('magnitude (2 seeds): ');
    expect(caption).toContain('band from lowest to highest');
  });
});
