/** @file Chart: the NRS loss, epoch by epoch, whether it is trained on or not. */

import { significant } from '../format.ts';
import { measureAxis } from './axes.ts';
import { epochChart } from './epochs.ts';

export const trainingNrs = epochChart({
  name: 'training-nrs',
  title: 'NRS loss in training',
  sentence:
    'Without its weight; measured whether it is trained on or not. On validation images, one colour a state.',
  axis: measureAxis('NRS loss'),
  of: (epoch) => epoch.nrsLoss,
  word: (value) => `NRS loss ${significant(value)}`,
});
