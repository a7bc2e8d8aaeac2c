/** @file Chart: certified accuracy of several runs against remaining weights. */

import { compareRuns } from '../comparison.ts';
import { certifiedShare } from '../findings.ts';
import { percent, remaining } from '../format.ts';
import { verifiedStates } from '../runData.ts';
import type { RunData } from '../runData.ts';
import { CATEGORIES } from '../theme.ts';
import { framed, isNarrow, legendColumns, remainingAxis, seriesColour, shareAxis } from './chart.ts';
import type { Chart, Row } from './chart.ts';

const DASHES = [
  [1, 0],
  [6, 3],
  [2, 3],
  [8, 3, 2, 3],
];

/** The remaining share as a key: states of different seeds meet at the same share. */
const keyOf = (ratio: number): string => ratio.toPrecision(4);

/** Where several runs differ in the seed alone: mean and range of certified accuracy at each share they have in common. */
function seedBands(rows: readonly (Row & { group: string; remaining: number; accuracy: number })[]) {
  const bands = new Map<string, { group: string; remaining: number; values: number[] }>();
  for (const row of rows) {
    const key = `${row.group} ${keyOf(row.remaining)}`;
    const band = bands.get(key) ?? { group: row.group, remaining: row.remaining, values: [] };
    band.values.push(row.accuracy);
    bands.set(key, band);
  }
  return [...bands.values()]
    .filter((band) => band.values.length > 1)
    .map(({ group, remaining: ratio, values }) => ({
      group,
      remaining: ratio,
      seeds: values.length,
      accuracy: values.reduce((sum, value) => sum + value, 0) / values.length,
      lower: Math.min(...values),
      upper: Math.max(...values),
    }));
}

/** One line a run; runs that differ in the seed alone share a colour, with a band over their range. */
export function comparisonChart(runs: readonly RunData[]): Chart | undefined {
  const compared = compareRuns(runs);
  const groups = new Map<number, string>();
  for (const { run, group } of compared) {
    const seeds = compared.filter((one) => one.group === group).length;
    if (!groups.has(group)) groups.set(group, seeds > 1 ? `${run.name} (${seeds} seeds)` : run.name);
  }
  const rows = compared.flatMap(({ run, group }) =>
    verifiedStates(run).map(({ state, remainRatio, verification }) => ({
      run: run.name,
      group: groups.get(group)!,
      seed: run.environment.seed,
      state,
      remaining: remainRatio,
      certified: verification.counts.certified,
      images: verification.counts.images,
      accuracy: certifiedShare(verification),
    })),
  );
  if (rows.length === 0) return undefined;
  const bands = seedBands(rows);
  const names = [...new Set(rows.map((row) => row.group))];
  const colours = names.map((_, at) => CATEGORIES[at % CATEGORIES.length]);
  const dashes = names.map((_, at) => DASHES[Math.floor(at / CATEGORIES.length) % DASHES.length]);
  const values = rows.map((row) => ({
    ...row,
    tip: `${row.run}: ${percent(row.accuracy)} certified (${row.certified} of ${row.images}), ${remaining(row.remaining)} remaining`,
  }));
  return {
    id: 'comparison',
    title: 'Certified accuracy against remaining weights',
    caption: `One line a run${
      bands.length > 0
        ? '; runs that differ in the seed alone share a colour, with a band from lowest to highest'
        : ''
    }. Runs over different images or radii are not comparable.`,
    alt: `Line chart. ${compared
      .flatMap(({ run, best, dense }) =>
        best && dense
          ? [
              `${run.name}: ${percent(certifiedShare(dense.verification))} dense, best ${percent(certifiedShare(best.verification))} at ${remaining(best.remainRatio)}`,
            ]
          : [],
      )
      .join('. ')}.`,
    wide: true,
    rows,
    spec: (width) => {
      const least = Math.min(...rows.map((row) => row.accuracy));
      const y = shareAxis('accuracy', 'Certified accuracy', least);
      const color = seriesColour('group', names, colours);
      const x = remainingAxis([...new Set(rows.map((row) => row.remaining))], width);
      return framed(width, isNarrow(width) ? 260 : 340, {
        data: { values },
        resolve: { legend: { color: 'independent' } },
        encoding: { x },
        layer: [
          {
            data: { values: bands },
            mark: { type: 'area', aria: false, opacity: 0.14 },
            encoding: {
              y: { ...y, field: 'lower' },
              y2: { field: 'upper' },
              color: { ...color, legend: null },
            },
          },
          {
            mark: { type: 'line', aria: false, strokeWidth: 2 },
            encoding: {
              y,
              color: {
                ...color,
                legend: { columns: legendColumns(names, width), symbolType: 'stroke', symbolStrokeWidth: 3 },
              },
              detail: { field: 'run' },
              strokeDash: {
                field: 'group',
                type: 'nominal',
                scale: { domain: names, range: dashes },
                legend: null,
              },
            },
          },
          {
            mark: { type: 'point', filled: true, size: 55, opacity: 1 },
            encoding: { y, color: { ...color, legend: null }, description: { field: 'tip' } },
          },
        ],
      });
    },
  };
}
