/** @file What a comparison of runs shows against remaining weights: the measures of the paper's figures. */

import { duration, percent } from '../format.ts';
import { certifiedShare } from '../paired.ts';
import { meanSeconds } from '../runData.ts';
import type { PlacedState } from '../runData.ts';
import { shareAxis } from './chart.ts';
import type { Row, Spec } from './chart.ts';

/** One measure of a state. */
export interface ComparedMeasure {
  /** File name of its chart, without ending. */
  readonly id: string;
  readonly title: string;
  /** Column of the CSV. */
  readonly column: string;
  /** Further sentence of the caption. */
  readonly note: string;
  /** Undefined where the run's files lack it. */
  valueOf(state: PlacedState): number | undefined;
  /** Further columns. */
  rowOf?(state: PlacedState): Row;
  word(value: number): string;
  /** The y axis over the values shown. */
  axis(values: readonly number[]): Spec;
}

/** Mean of a measure over a state's ReLU neurons, from the sample that every run measures alike. */
function overNeurons({ neurons }: PlacedState, name: 'unstable' | 'nrsLoss'): number | undefined {
  const layers = neurons?.layers ?? [];
  const all = layers.reduce((sum, layer) => sum + layer.neurons, 0);
  let total = 0;
  for (const layer of layers) {
    const value = layer[name];
    if (value === undefined) return undefined;
    total += value * layer.neurons;
  }
  return all > 0 ? total / all : undefined;
}

const plainAxis = (title: string, domain: readonly [number, number], format: string): Spec => ({
  type: 'quantitative',
  title,
  scale: { domain, nice: false },
  axis: { format, tickCount: 6 },
});

const share = (title: string, values: readonly number[]): Spec =>
  shareAxis('value', title, Math.min(...values));

export const comparedMeasures: readonly ComparedMeasure[] = [
  {
    id: 'comparison',
    title: 'Certified accuracy',
    column: 'accuracy',
    note: 'Runs over different images or radii are not comparable.',
    valueOf: ({ verification }) =>
      verification !== undefined && verification.counts.images > 0 ? certifiedShare(verification) : undefined,
    rowOf: ({ verification }) => ({
      certified: verification!.counts.certified,
      images: verification!.counts.images,
    }),
    word: (value) => `${percent(value)} certified`,
    axis: (values) => share('Certified accuracy', values),
  },
  {
    id: 'comparison-standard',
    title: 'Standard accuracy',
    column: 'standard',
    note: 'On the whole evaluated test set, or on the verified images where no more is known.',
    valueOf({ meta, verification }) {
      if (meta?.standard !== undefined) return meta.standard;
      const counts = verification?.counts;
      return counts && counts.images > 0 ? counts.standard / counts.images : undefined;
    },
    word: (value) => `${percent(value)} standard accuracy`,
    axis: (values) => share('Standard accuracy', values),
  },
  {
    id: 'comparison-unstable',
    title: 'Unstable neurons',
    column: 'unstable',
    note: 'Share of neurons whose sign interval bounds leave open, over the first test images at the run’s radius.',
    valueOf: (state) =>
      overNeurons(state, 'unstable') ??
      state.epochs.findLast((epoch) => epoch.unstableRatio !== undefined)?.unstableRatio,
    word: (value) => `${percent(value)} unstable`,
    axis: (values) =>
      plainAxis(
        'Unstable neurons',
        [0, Math.min(1, Math.max(0.05, Math.ceil(Math.max(...values) * 21.6) / 20))],
        '.0%',
      ),
  },
  {
    id: 'comparison-nrs',
    title: 'NRS loss',
    column: 'nrsLoss',
    note: 'Mean over all neurons, from −1 (stable) to 1, over the first test images at the run’s radius.',
    valueOf: (state) =>
      overNeurons(state, 'nrsLoss') ?? state.epochs.findLast((epoch) => epoch.nrsLoss !== undefined)?.nrsLoss,
    word: (value) => `NRS loss ${value.toFixed(3).replace('-', '−')}`,
    axis: (values) =>
      plainAxis(
        'NRS loss',
        [
          Math.max(-1, Math.floor(Math.min(...values) * 10 - 0.2) / 10),
          Math.min(1, Math.ceil(Math.max(...values) * 10 + 0.2) / 10),
        ],
        '.2~f',
      ),
  },
  {
    id: 'comparison-seconds',
    title: 'Seconds of verification',
    column: 'seconds',
    note: 'Mean over the images that are classified rightly, up to the time limit. Machines may differ.',
    valueOf: meanSeconds,
    word: (value) => `${duration(value)} an image`,
    axis: (values) => plainAxis('Seconds an image', [0, Math.max(...values) * 1.08 || 1], '.3~g'),
  },
];
