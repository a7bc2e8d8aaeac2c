/** @file Chart: the share of unstable neurons, epoch by epoch. */

import { percent } from '../format.ts';
import { percentAxis } from './axes.ts';
import { epochChart } from './epochs.ts';

export const trainingUnstable = epochChart({
  name: 'training-unstable',
  title: 'Unstable neurons in training',
  sentence:
    'Share of neurons whose sign interval bounds leave undecided. On validation images, one colour a state.',
  axis: percentAxis('Unstable neurons', { zero: false }),
  of: (epoch) => epoch.unstableRatio,
  word: (share) => `${percent(share)} unstable`,
});
