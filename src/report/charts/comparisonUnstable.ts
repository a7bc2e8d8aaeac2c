/** @file Chart: unstable neurons of several runs. */

import { percent } from '../format.ts';
import { meanOverNeurons } from '../runData.ts';
import { shareAxis } from './axes.ts';
import { comparedChart } from './comparedRuns.ts';

export const comparisonUnstable = comparedChart({
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
});
