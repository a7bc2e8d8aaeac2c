/** @file Chart: certified accuracy of several runs. */

import { percent } from '../format.ts';
import { certifiedShare } from '../paired.ts';
import { accuracyAxis } from './axes.ts';
import { comparedChart } from './comparedRuns.ts';

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
