/** @file Charts of several runs: one measure against remaining weights, one line a run, with the spread of seeds. */
import type { Member } from '../../family/family.ts';
import { duration, percent } from '../format.ts';
import { grouped, spreadOf, studiesOf, studyLabel } from '../levels.ts';
import { certifiedShare } from '../intervals.ts';
import { meanOverNeurons, meanSeconds, placedStates, type PlacedState } from '../runData.ts';
import { CATEGORIES } from '../theme.ts';
import { accuracyAxis, shareAxis, type UpAxis } from './axes.ts';
import type { ChartKind, Row } from './chart.ts';
import { lineChart } from './lines.ts';

/** One measure of a state. */
interface ComparedMeasure extends Member {
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
function comparedChart({ column, of, more, word, axis, ...member }: ComparedMeasure): ChartKind {
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

export const comparison = comparedChart({
  name: 'comparison',
  title: 'Certified accuracy against remaining weights',
  sentence: 'Runs over different images or radii are not comparable.',
  column: 'accuracy',
  of: ({ verification }) =>
    verification !== undefined && verification.counts.images > 0 ? certifiedShare(verification) : undefined,
  more: ({ verification }) => ({
    certified: verification!.counts.certified,
    images: verification!.counts.images,
  }),
  word: (value) => `${percent(value)} certified`,
  axis: accuracyAxis('Certified accuracy'),
});

/** The measures beside the certified accuracy. */
export const furtherComparisons = [
  comparedChart({
    name: 'comparison-standard',
    title: 'Standard accuracy against remaining weights',
    sentence: 'On the whole evaluated test set, or on the verified images where no more is known.',
    column: 'standard',
    of({ meta, verification }) {
      if (meta?.standard !== undefined) return meta.standard;
      const counts = verification?.counts;
      return counts && counts.images > 0 ? counts.standard / counts.images : undefined;
    },
    word: (value) => `${percent(value)} standard accuracy`,
    axis: accuracyAxis('Standard accuracy'),
  }),
  comparedChart({
    name: 'comparison-unstable',
    title: 'Unstable neurons against remaining weights',
    sentence:
      'Share of neurons whose sign interval bounds leave open, over the first test images at the run’s radius.',
    column: 'unstable',
    of: (state) =>
      meanOverNeurons(state.neurons?.layers ?? [], 'unstable') ??
      state.epochs.findLast((epoch) => epoch.unstableRatio !== undefined)?.unstableRatio,
    word: (value) => `${percent(value)} unstable`,
    axis: shareAxis('Unstable neurons'),
  }),
  comparedChart({
    name: 'comparison-nrs',
    title: 'NRS loss against remaining weights',
    sentence: 'Mean over all neurons, from −1 (stable) to 1, over the first test images at the run’s radius.',
    column: 'nrsLoss',
    of: (state) =>
      meanOverNeurons(state.neurons?.layers ?? [], 'nrsLoss') ??
      state.epochs.findLast((epoch) => epoch.nrsLoss !== undefined)?.nrsLoss,
    word: (value) => `NRS loss ${value.toFixed(3).replace('-', '−')}`,
    axis: (values) => ({
      title: 'NRS loss',
      scale: {
        domain: [
          Math.max(-1, Math.floor(Math.min(...values) * 10 - 0.2) / 10),
          Math.min(1, Math.ceil(Math.max(...values) * 10 + 0.2) / 10),
        ],
        nice: false,
      },
      axis: { format: '.2~f', tickCount: 6 },
    }),
  }),
  comparedChart({
    name: 'comparison-seconds',
    title: 'Seconds of verification against remaining weights',
    sentence: 'Mean over the images that are classified rightly, up to the time limit. Machines may differ.',
    column: 'seconds',
    of: meanSeconds,
    word: (value) => `${duration(value)} an image`,
    axis: (values) => ({
      title: 'Seconds an image',
      scale: { domain: [0, Math.max(...values) * 1.08 || 1], nice: false },
      axis: { format: '.3~g', tickCount: 6 },
    }),
  }),
];
