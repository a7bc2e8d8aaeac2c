/** @file Charts: measures of several runs against remaining weights, with the spread of seeds. */

import { remaining } from '../format.ts';
import { grouped, spreadOf, studiesOf, studyLabel } from '../levels.ts';
import { placedStates } from '../runData.ts';
import type { RunData } from '../runData.ts';
import { CATEGORIES } from '../theme.ts';
import { framed, isNarrow, legendColumns, remainingAxis, seriesColour } from './chart.ts';
import type { Chart } from './chart.ts';
import { comparedMeasures } from './comparedMeasures.ts';
import type { ComparedMeasure } from './comparedMeasures.ts';

const DASHES = [
  [1, 0],
  [6, 3],
  [2, 3],
  [8, 3, 2, 3],
];

/** One line a run; runs that differ in the seed alone share a colour, with a band over their range. */
function comparisonChart(runs: readonly RunData[], measure: ComparedMeasure): Chart | undefined {
  const values = studiesOf(runs).flatMap((study) =>
    study.runs.flatMap((run) =>
      placedStates(run).flatMap((state) => {
        const value = measure.valueOf(state);
        if (value === undefined || !Number.isFinite(value)) return [];
        return [
          {
            run: run.name,
            group: studyLabel(study),
            seed: run.environment.seed,
            state: state.state,
            remaining: state.remainRatio,
            ...measure.rowOf?.(state),
            value,
            tip: `${run.name}: ${measure.word(value)}, ${remaining(state.remainRatio)} remaining`,
          },
        ];
      }),
    ),
  );
  if (values.length === 0) return undefined;
  const levels = [...grouped(values, ({ group, state }) => `${state} ${group}`).values()].map((own) => ({
    group: own[0].group,
    seeds: own.length,
    remaining: spreadOf(own.map((row) => row.remaining)).mean,
    mean: spreadOf(own.map((row) => row.value)).mean,
    lower: Math.min(...own.map((row) => row.value)),
    upper: Math.max(...own.map((row) => row.value)),
  }));
  const bands = levels.filter(({ seeds }) => seeds > 1);
  const names = [...new Set(values.map((row) => row.group))];
  const colours = names.map((_, at) => CATEGORIES[at % CATEGORIES.length]);
  const dashes = names.map((_, at) => DASHES[Math.floor(at / CATEGORIES.length) % DASHES.length]);
  const ends = names.map((name) => {
    const own = levels.filter((level) => level.group === name).toSorted((a, b) => b.remaining - a.remaining);
    const word = ({ mean, remaining: share }: (typeof own)[number]): string =>
      `${measure.word(mean)} at ${remaining(share)}`;
    return `${name}: ${own.length > 1 ? `${word(own[0])}, ${word(own.at(-1)!)}` : word(own[0])}`;
  });
  return {
    id: measure.id,
    title: `${measure.title} against remaining weights`,
    caption: `One line a run${
      bands.length > 0
        ? '; runs that differ in the seed alone share a colour, with a band from lowest to highest'
        : ''
    }. ${measure.note}`,
    alt: `Line chart. ${ends.join('. ')}.`,
    wide: true,
    rows: values.map(({ tip: _, value, ...row }) => ({ ...row, [measure.column]: value })),
    spec: (width) => {
      const y = { ...measure.axis(values.map((row) => row.value)), field: 'value' };
      const color = seriesColour('group', names, colours);
      const x = remainingAxis([...new Set(values.map((row) => row.remaining))], width);
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

/** The charts that the runs' files allow. */
export const comparisonCharts = (runs: readonly RunData[]): Chart[] =>
  comparedMeasures.flatMap((measure) => comparisonChart(runs, measure) ?? []);
