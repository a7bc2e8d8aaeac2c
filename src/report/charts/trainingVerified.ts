/** @file Chart: the share of validation images that bounds verify, epoch by epoch. */

import { percent } from '../format.ts';
import { percentAxis } from './axes.ts';
import { epochChart } from './epochs.ts';

export const trainingVerified = epochChart({
  name: 'training-verified',
  title: 'Verified accuracy in training',
  sentence:
    'Share of validation images that IBP, or where it was run CROWN from its bounds, verifies at the run’s radius, one colour a state.',
  axis: percentAxis('Verified accuracy', { domainMin: 0 }),
  of: (epoch) => epoch.crown ?? epoch.ibp,
  word: (share) => `${percent(share)} verified`,
});
