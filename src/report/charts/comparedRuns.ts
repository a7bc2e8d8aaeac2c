/** @file What comparisons of runs share: one line a run, with the spread of seeds. */

import type { Member } from '../../family/family.ts';
import { grouped, spreadOf, studiesOf, studyLabel } from '../levels.ts';
import { placedStates } from '../runData.ts';
import type { PlacedState } from '../runData.ts';
import { CATEGORIES } from '../theme.ts';
import type { UpAxis } from './axes.ts';
import type { ChartKind, Row } from './chart.ts';
import { lineChart } from './lines.ts';

/** One measure of a state. */
export interface ComparedMeasure extends Member {
  /** Column of the CSV. */
  readonly column: string;
  /** Undefined where the run's files lack it. */
  of(state: PlacedState): number | undefined;
  /** Further columns. */
  readonly more?: (state: PlacedState) => Row;
  readonly word: (value: number) => string;
  readonly axis: UpAxis;
}

/** What every row says of its place. */
type Place = Readonly<Record<'run' | 'group', string> & Record<'state' | 'remaining', number>>;

/** The chart of a measure over remaining weights. Runs that differ in the seed alone share a colour. */
export function comparedChart({ column, of, more, word, axis, ...member }: ComparedMeasure): ChartKind {
  return {
    ...member,
    compares: true,
    draw(runs) {
      const points = studiesOf(runs).flatMap((study) =>
        study.runs.flatMap((run) =>
          placedStates(run).flatMap((state) => {
            const value = of(state);
            if (value === undefined || !Number.isFinite(value)) return [];
            const group = studyLabel(study);
            const { seed } = run.environment;
            const remaining = state.remainRatio;
            const row: Row & Place = {
              run: run.name,
              group,
              seed,
              state: state.state,
              remaining,
              ...more?.(state),
              [column]: value,
            };
            return [{ row, value }];
          }),
        ),
      );
      const rows = points.map(({ row }) => row);
      const bands = [...grouped(points, ({ row }) => `${row.state} ${row.group}`).values()]
        .filter((own) => own.length > 1)
        .map((own) => ({
          series: own[0].row.group,
          remaining: spreadOf(own.map(({ row }) => row.remaining)).mean,
          lower: Math.min(...own.map(({ value }) => value)),
          upper: Math.max(...own.map(({ value }) => value)),
        }));
      const names = [...new Set(rows.map((row) => row.group))];
      return lineChart({
        caption: `One line a run${
          bands.length > 0
            ? '; runs that differ in the seed alone share a colour, with a band from lowest to highest'
            : ''
        }. ${member.sentence}`,
        wide: true,
        rows,
        across: 'remaining',
        up: column,
        axis,
        series: (row) => row.group,
        colours: names.map((_, at) => CATEGORIES[at % CATEGORIES.length]),
        dashes: (row) => Math.floor(names.indexOf(row.group) / CATEGORIES.length),
        lineOf: (row) => row.run,
        bands,
        word,
      });
    },
  };
}
