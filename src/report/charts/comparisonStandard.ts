/** @file Chart: standard accuracy of several runs. */

import { percent } from '../format.ts';
import { accuracyAxis } from './axes.ts';
import { comparedChart } from './comparedRuns.ts';

export const comparisonStandard = comparedChart({
  name: 'comparison-standard',
  title: 'Standard accuracy against remaining weights',
  sentence: 'On the whole evaluated test set, or on the verified images where no more is known.',
  column: 'standard',
  of({ meta, verification }) {
    if (meta?.standard !== undefined) return meta.standard;
    const counts = verification?.counts;
    return counts && counts.images > 0 ? counts.standard / counts.images : undefined;
  },
  word: (value) => `${percent(value)} standard accuracy`,
  axis: accuracyAxis('Standard accuracy'),
});
