/** @file Charts: what bounds say on the validation split, epoch by epoch: verified accuracy, unstable neurons, NRS loss, widths. */

import type { EpochRecord } from '../../run/records.ts';
import { percent, significant } from '../format.ts';
import type { RunData } from '../runData.ts';
import { framed, isNarrow, stateLabel } from './chart.ts';
import type { Chart, Spec } from './chart.ts';
import { epochAxis, lineAndPoints, stateColour, trainedStates } from './epochs.ts';

interface EpochMeasure {
  readonly id: string;
  readonly title: string;
  readonly caption: string;
  readonly axis: string;
  readonly measure: (epoch: EpochRecord) => number | undefined;
  readonly word: (value: number) => string;
  readonly y: Spec;
}

function epochChart(run: RunData, options: EpochMeasure): Chart | undefined {
  const { id, title, caption, axis, measure, word, y } = options;
  const states = trainedStates(run);
  const rows = states.flatMap((state) =>
    state.epochs.flatMap((epoch) => {
      const value = measure(epoch);
      if (value === undefined || !Number.isFinite(value)) return [];
      const label = stateLabel(state);
      const tip = `State ${label}, epoch ${epoch.epoch}: ${word(value)}`;
      return [{ state: state.state, remaining: state.remainRatio, label, epoch: epoch.epoch, value, tip }];
    }),
  );
  if (rows.length === 0) return undefined;
  const ends = states.flatMap((state) => rows.findLast((row) => row.state === state.state) ?? []);
  return {
    id,
    title,
    caption: `${caption} On validation images, one colour a state.`,
    alt: `Line chart. ${ends.map((row) => `State ${row.label} ends at ${word(row.value)}`).join('. ')}.`,
    wide: false,
    rows: rows.map(({ tip: _, label: __, ...row }) => row),
    spec: (width) =>
      framed(width, isNarrow(width) ? 200 : 240, {
        data: { values: rows },
        encoding: {
          x: epochAxis(states),
          y: { field: 'value', type: 'quantitative', title: axis, ...y },
          color: stateColour(states, width),
        },
        layer: lineAndPoints(rows, {}),
      }),
  };
}

const shares: Spec = { scale: { zero: false }, axis: { format: '.0%', tickCount: 5 } };

/** Share of validation images that CROWN, else IBP, verifies. */
export function verifiedTrainingChart(run: RunData): Chart | undefined {
  const epochs = run.states.flatMap((state) => state.epochs);
  const byCrown = epochs.some((epoch) => epoch.crown !== undefined);
  return epochChart(run, {
    id: 'training-verified',
    title: 'Verified accuracy in training',
    caption: `Share of images that ${byCrown ? 'IBP or CROWN from its bounds' : 'IBP'} verifies, at the run’s radius.`,
    axis: 'Verified accuracy',
    measure: (epoch) => (byCrown ? epoch.crown : epoch.ibp),
    word: (value) => percent(value),
    y: { ...shares, scale: { domainMin: 0 } },
  });
}

/** Share of unstable neurons. */
export function unstableTrainingChart(run: RunData): Chart | undefined {
  return epochChart(run, {
    id: 'training-unstable',
    title: 'Unstable neurons in training',
    caption: 'Share of neurons whose sign interval bounds leave undecided.',
    axis: 'Unstable neurons',
    measure: (epoch) => epoch.unstableRatio,
    word: (value) => percent(value),
    y: shares,
  });
}

/** The NRS loss, whether it is trained on or not. */
export function nrsTrainingChart(run: RunData): Chart | undefined {
  return epochChart(run, {
    id: 'training-nrs',
    title: 'NRS loss in training',
    caption: 'Without its weight; measured whether it is trained on or not.',
    axis: 'NRS loss',
    measure: (epoch) => epoch.nrsLoss,
    word: (value) => significant(value),
    y: { scale: { zero: false }, axis: { tickCount: 5 } },
  });
}

/** Mean width of pre-activation intervals over the layers. */
export function widthTrainingChart(run: RunData): Chart | undefined {
  const meanWidth = ({ intervalWidthByLayer }: EpochRecord): number | undefined => {
    const widths = Object.values(intervalWidthByLayer ?? {}).filter((width) => width > 0);
    if (widths.length === 0) return undefined;
    return Math.exp(widths.reduce((sum, width) => sum + Math.log(width), 0) / widths.length);
  };
  return epochChart(run, {
    id: 'training-width',
    title: 'Interval widths in training',
    caption: 'Geometric mean over the layers of the mean width u − l of pre-activation intervals (IBP).',
    axis: 'u − l (logarithmic)',
    measure: meanWidth,
    word: (value) => significant(value),
    y: { scale: { type: 'log' }, axis: { tickCount: 5, format: '~g' } },
  });
}
