/** @file Chart: the mean width of pre-activation intervals over the layers, epoch by epoch. */

import { significant } from '../format.ts';
import { geometricMean } from '../runData.ts';
import { logAxis } from './axes.ts';
import { epochChart } from './epochs.ts';

export const trainingWidth = epochChart({
  name: 'training-width',
  title: 'Interval widths in training',
  sentence:
    'Geometric mean over the layers of the mean width u − l of pre-activation intervals (IBP). On validation images, one colour a state.',
  axis: logAxis('u − l (logarithmic)'),
  of: ({ intervalWidthByLayer }) =>
    geometricMean(Object.values(intervalWidthByLayer ?? {}).filter((width) => width > 0)),
  word: (value) => `width ${significant(value)}`,
});
