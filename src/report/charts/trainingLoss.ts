/** @file Chart: the loss on the training batches, epoch by epoch. */

import { significant } from '../format.ts';
import { measureAxis } from './axes.ts';
import { epochChart } from './epochs.ts';

export const trainingLoss = epochChart({
  name: 'training-loss',
  title: 'Training loss',
  sentence: 'Mean loss of each epoch’s batches, one line a state.',
  axis: measureAxis('Loss'),
  of: (epoch) => epoch.loss,
  word: (value) => `loss ${significant(value)}`,
  column: 'loss',
});
