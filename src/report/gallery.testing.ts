/** @file For tests and the gallery of docs: every chart, of invented runs, and what tells whether its picture is today's. */
import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { charts } from './charts/charts.ts';
import { chartOf, type Chart } from './charts/chart.ts';
import { CHART_CONFIG } from './charts/look.ts';
import { writeFixtureRun } from './fixture.testing.ts';
import { readRun } from './read.ts';
import type { RunData } from './runData.ts';

/** An invented run, and three that a comparison takes: two seeds and another criterion. */
export async function inventedRuns(): Promise<{ run: RunData; compared: RunData[] }> {
  const folder = await mkdtemp(join(tmpdir(), 'gallery-'));
  const small = { states: 4, images: 50, epochs: 3 };
  try {
    const [run, ...compared] = await Promise.all(
      [
        { channels: true, radii: true },
        { ...small, name: 'magnitude', seed: 1 },
        { ...small, name: 'magnitude-seed2', seed: 2 },
        { ...small, name: 'snip', seed: 3, criterion: 'snip' },
      ].map(async (options) => readRun(await writeFixtureRun(folder, options))),
    );
    return { run, compared };
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Every chart of the family, in its order: of one run where it has a place on that page, else of the compared ones. */
export async function galleryCharts(): Promise<Chart[]> {
  const { run, compared } = await inventedRuns();
  return charts.members().map((kind) => {
    const chart = chartOf(kind, kind.section === undefined ? compared : [run]);
    if (chart === undefined)
      throw new Error(`The invented runs have nothing that the chart '${kind.name}' draws.`);
    return chart;
  });
}

/** Width in CSS pixels of a chart's picture in the gallery. */
export const galleryWidth = ({ wide }: Chart): number => (wide ? 860 : 528);

const inFiveDigits = (text: string): string =>
  text.replaceAll(/\d+\.\d+(?:e[+-]?\d+)?/g, (number) => Number(number).toPrecision(5));

/** What a picture is drawn from, in eight digits. Numbers count to five digits: engines differ in the last. */
export function specificationMark(chart: Chart): string {
  const specification = JSON.stringify(
    [chart.title, CHART_CONFIG, chart.spec(galleryWidth(chart))],
    (_, value: unknown) => {
      if (typeof value === 'number') return Number(value.toPrecision(5));
      return typeof value === 'string' ? inFiveDigits(value) : value;
    },
  );
  return createHash('sha256').update(specification).digest('hex').slice(0, 8);
}
