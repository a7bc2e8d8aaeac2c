/** @file Charts of one measure over the epochs of every state: one line a state. */
import type { Member } from '../../family/family.ts';
import type { EpochRecord } from '../../run/records.ts';
import { percent, significant } from '../format.ts';
import { geometricMean, placedStates, type PlacedState, type RunData } from '../runData.ts';
import { logAxis, measureAxis, percentAxis, type UpAxis } from './axes.ts';
import { runChart, type ChartKind } from './chart.ts';
import { lineChart } from './lines.ts';
import { stateLabel } from './look.ts';

/** States with at least one logged epoch. */
export const trainedStates = (run: RunData): PlacedState[] =>
  placedStates(run).filter((state) => state.epochs.length > 0);

/** What one of these charts shows. */
export interface EpochMeasure extends Member {
  readonly axis: UpAxis;
  readonly of: (epoch: EpochRecord) => number | undefined;
  readonly word: (value: number) => string;
  /** Column of the CSV; default `value`. */
  readonly column?: string;
}

/** The chart of a measure over the epochs of every state. */
export function epochChart({ axis, of, word, column = 'value', ...member }: EpochMeasure): ChartKind {
  return runChart({
    ...member,
    section: 'Training',
    needs: trainedStates,
    draw(states) {
      const labels = new Map(states.map((state) => [state.state, stateLabel(state)]));
      return lineChart({
        rows: states.flatMap(({ state, remainRatio, epochs }) =>
          epochs.flatMap((record) => {
            const value = of(record);
            return value === undefined || !Number.isFinite(value)
              ? []
              : [{ state, remaining: remainRatio, epoch: record.epoch, [column]: value }];
          }),
        ),
        across: 'epoch',
        up: column,
        axis,
        series: ({ state }) => labels.get(state)!,
        word,
      });
    },
  });
}

export const trainingLoss = epochChart({
  name: 'training-loss',
  title: 'Training loss',
  sentence: 'Mean loss of each epoch’s batches, one line a state.',
  axis: measureAxis('Loss'),
  of: (epoch) => epoch.loss,
  word: (value) => `loss ${significant(value)}`,
  column: 'loss',
});

/** What validation images tell of bounds. */
export const trainingBounds = [
  epochChart({
    name: 'training-verified',
    title: 'Verified accuracy in training',
    sentence:
      'Share of validation images that IBP, or where it was run CROWN from its bounds, verifies at the run’s radius, one colour a state.',
    axis: percentAxis('Verified accuracy', { domainMin: 0 }),
    of: (epoch) => epoch.crown ?? epoch.ibp,
    word: (share) => `${percent(share)} verified`,
  }),
  epochChart({
    name: 'training-unstable',
    title: 'Unstable neurons in training',
    sentence:
      'Share of neurons whose sign interval bounds leave undecided. On validation images, one colour a state.',
    axis: percentAxis('Unstable neurons', { zero: false }),
    of: (epoch) => epoch.unstableRatio,
    word: (share) => `${percent(share)} unstable`,
  }),
  epochChart({
    name: 'training-nrs',
    title: 'NRS loss in training',
    sentence:
      'Without its weight; measured whether it is trained on or not. On validation images, one colour a state.',
    axis: measureAxis('NRS loss'),
    of: (epoch) => epoch.nrsLoss,
    word: (value) => `NRS loss ${significant(value)}`,
  }),
  epochChart({
    name: 'training-width',
    title: 'Interval widths in training',
    sentence:
      'Geometric mean over the layers of the mean width u − l of pre-activation intervals (IBP). On validation images, one colour a state.',
    axis: logAxis('u − l (logarithmic)'),
    of: ({ intervalWidthByLayer }) =>
      geometricMean(Object.values(intervalWidthByLayer ?? {}).filter((width) => width > 0)),
    word: (value) => `width ${significant(value)}`,
  }),
];

/** Robust measures in the order of preference for the dashed line: the harder, the more telling. */
const ROBUST = [
  ['pgd', 'PGD'],
  ['fgsm', 'FGSM'],
  ['crown', 'CROWN certified'],
  ['ibp', 'IBP certified'],
] as const;

export const trainingAccuracy = runChart({
  name: 'training-accuracy',
  title: 'Validation accuracy',
  sentence: 'Standard and robust accuracy on the validation split, else accuracy on the training batches.',
  section: 'Training',
  needs: trainedStates,
  draw(states) {
    const all = states.flatMap((state) => state.epochs);
    const validated = all.some((epoch) => epoch.standard !== undefined);
    const measures = [
      validated ? (['standard', 'Standard'] as const) : (['trainAccuracy', 'Training batches'] as const),
      ...ROBUST.filter(([key]) => all.some((epoch) => epoch[key] !== undefined)).slice(0, 1),
    ];
    const [first, second] = measures.map(([, name]) => name);
    const labels = new Map(states.map((state) => [state.state, stateLabel(state)]));
    return lineChart({
      ...(!validated && { title: 'Training accuracy' }),
      caption: `${validated ? 'On the validation split' : 'On the training batches'}, one colour a state${
        second === undefined ? '' : `; solid: ${first.toLowerCase()}, dashed: ${second}`
      }.`,
      rows: states.flatMap(({ state, remainRatio, epochs }) =>
        epochs.flatMap((record) =>
          measures.flatMap(([key, measure]) => {
            const accuracy = record[key];
            return accuracy === undefined
              ? []
              : [{ state, remaining: remainRatio, epoch: record.epoch, measure, accuracy }];
          }),
        ),
      ),
      across: 'epoch',
      up: 'accuracy',
      axis: percentAxis('Accuracy', { zero: false }),
      series: ({ state }) => labels.get(state)!,
      dashes: ({ measure }) => Number(measure !== first),
      word: (share, { measure }) => `${measure} ${percent(share)}`,
    });
  },
});
