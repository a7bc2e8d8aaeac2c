/** @file The line chart: a measure over remaining weights, states or epochs, one line a series. */
import { remaining } from '../format.ts';
import { grouped, spreadOf } from '../levels.ts';
import { PAPER, ramp, type TwoTone } from '../theme.ts';
import { acrossAxis, type Across, type UpAxis } from './axes.ts';
import type { Drawing, Row, Spec } from './chart.ts';
import { framed, isNarrow, seriesColour, strokeLegend } from './look.ts';

const SHAPES = ['circle', 'triangle-up', 'square'];
const DASHES = [
  [1, 0],
  [5, 3],
  [2, 3],
  [8, 3, 2, 3],
];
/** Points of longer trainings stay invisible and only carry their values. */
const MOST_POINTS = 200;

/** A band of values about a line. */
export interface Band {
  readonly series: string;
  readonly lower: number;
  readonly upper: number;
}

/** What lines show. `R` is a row of the CSV, with the columns that `across` and `up` name. */
export interface Lines<R extends Row> extends Pick<Drawing, 'title' | 'caption' | 'wide'> {
  readonly rows: readonly R[];
  readonly across: Across;
  /** Column of the measure. */
  readonly up: keyof R & string;
  readonly axis: UpAxis;
  /** The line that a row belongs to. */
  readonly series: (row: R) => string;
  /** Names in their order, where it is not that of the rows. */
  readonly names?: readonly string[];
  /** Default: a ramp from the first to the last. */
  readonly colours?: readonly TwoTone[];
  /** The series that sums up the others: it comes last, in ink. */
  readonly overall?: string;
  /** How a value is told. */
  readonly word: (value: number, row: R) => string;
  /** Series also differ in the shape of their points. */
  readonly shapes?: boolean;
  /** Series also differ in their dashes once the colours are used up; or a column whose values do, the first solid. */
  readonly dashes?: (row: R) => number;
  /** Rows of one series that are lines of their own. */
  readonly lineOf?: (row: R) => string;
  readonly bands?: readonly (Band & { readonly [x in Across]?: number })[];
  /** The series that the words for those who cannot see tell; default all. */
  readonly told?: string;
}

/** Draws lines with points that carry their values; nothing without rows. */
export function lineChart<R extends Row>(lines: Lines<R>): Drawing | undefined {
  const { title, caption, rows, across, up, axis, overall, word, wide = false, bands = [] } = lines;
  if (rows.length === 0) return undefined;
  const found = lines.names ?? [...new Set(rows.map(lines.series))];
  const names = [...found.filter((name) => name !== overall), ...found.filter((name) => name === overall)];
  const colours = lines.colours ?? [...ramp(names.filter((name) => name !== overall).length), PAPER.ink];
  const dashOf = (row: R): number => lines.dashes?.(row) ?? 0;
  const xOf = (row: R): number => Number(row[across]);
  const place = (row: R): string =>
    across === 'remaining' ? `${remaining(xOf(row))} remaining` : `${across} ${xOf(row)}`;
  const values = rows.map((row) => ({
    ...row,
    series: lines.series(row),
    dash: dashOf(row),
    line: lines.lineOf?.(row) ?? '',
    tip: `${lines.lineOf?.(row) ?? lines.series(row)}: ${word(Number(row[up]), row)}, ${place(row)}`,
  }));
  // Of every line its ends; several runs of one series count by their mean.
  const ends = [...grouped(rows, lines.series)]
    .filter(([name]) => lines.told === undefined || lines.told === name)
    .map(([name, own]) => {
      const solid = own.filter((row) => dashOf(row) === dashOf(own[0]));
      const words = [...new Set([solid[0], solid.at(-1)!].map(xOf))].map((x) => {
        const there = solid.filter((row) => xOf(row) === x);
        return `${word(spreadOf(there.map((row) => Number(row[up]))).mean, there[0])} at ${place(there[0])}`;
      });
      return `${name}: ${words.join(', ')}`;
    });
  return {
    ...(title !== undefined && { title }),
    ...(caption !== undefined && { caption }),
    wide,
    rows,
    alt: `Line chart. ${ends.join('; ')}.`,
    spec: (width) => {
      const shown = [
        ...rows.map((row) => Number(row[up])),
        ...bands.flatMap(({ lower, upper }) => [lower, upper]),
      ];
      const y = { field: up, type: 'quantitative', ...axis(shown) };
      const color = seriesColour('series', names, colours);
      const plain = { ...color, legend: null };
      const height = wide ? (isNarrow(width) ? 260 : 340) : isNarrow(width) ? 210 : 240;
      return framed(width, height, {
        data: { values },
        resolve: { legend: { color: 'independent', shape: 'independent' } },
        encoding: { x: acrossAxis(across, [...new Set(rows.map(xOf))], width) },
        layer: [
          ...(bands.length > 0 ? [bandLayer(bands, { y, color: plain })] : []),
          {
            mark: { type: 'line', aria: false, strokeWidth: 2 },
            encoding: {
              y,
              color: lines.shapes ? plain : { ...color, legend: strokeLegend(names, width) },
              ...(lines.dashes && {
                strokeDash: {
                  field: 'dash',
                  type: 'ordinal',
                  scale: { domain: DASHES.map((_, at) => at), range: DASHES },
                  legend: null,
                },
              }),
              ...(lines.lineOf && { detail: { field: 'line' } }),
            },
          },
          {
            mark: {
              type: 'point',
              filled: true,
              size: wide ? 60 : across === 'epoch' ? 18 : 40,
              opacity: rows.length > MOST_POINTS ? 0 : 1,
            },
            encoding: {
              y,
              color: lines.shapes ? color : plain,
              ...(lines.shapes && {
                shape: {
                  field: 'series',
                  type: 'nominal',
                  scale: { domain: names, range: SHAPES },
                  sort: null,
                },
              }),
              description: { field: 'tip' },
            },
          },
        ],
      });
    },
  };
}

const bandLayer = (
  values: readonly Band[],
  { y, color }: { readonly y: Spec; readonly color: Spec },
): Spec => ({
  data: { values },
  mark: { type: 'area', aria: false, opacity: 0.14 },
  encoding: { y: { ...y, field: 'lower' }, y2: { field: 'upper' }, color },
});
