/** @file l1unstruct: magnitude |w| (iterative magnitude pruning; Frankle and Carbin 2019). */
import { mapMasks } from '../masks.ts';
import type { Criterion } from './criterion.ts';

export const l1unstruct: Criterion = {
  name: 'l1unstruct',
  title: 'magnitude (l1unstruct)',
  sentence: 'Magnitude of a weight, a share of what remains each time.',
  granularity: 'weight',
  counts: 'remaining',
  scores: ({ numbers, masks }) => mapMasks(masks, (_, key) => Float64Array.from(numbers[key], Math.abs)),
};
