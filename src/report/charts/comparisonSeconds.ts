/** @file Chart: seconds of verification of several runs. */

import { duration } from '../format.ts';
import { meanSeconds } from '../runData.ts';
import { comparedChart } from './comparedRuns.ts';

export const comparisonSeconds = comparedChart({
  name: 'comparison-seconds',
  title: 'Seconds of verification against remaining weights',
  sentence: 'Mean over the images that are classified rightly, up to the time limit. Machines may differ.',
  column: 'seconds',
  of: meanSeconds,
  word: (value) => `${duration(value)} an image`,
  axis: (values) => ({
    title: 'Seconds an image',
    scale: { domain: [0, Math.max(...values) * 1.08 || 1], nice: false },
    axis: { format: '.3~g', tickCount: 6 },
  }),
});
