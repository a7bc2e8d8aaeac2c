/** @file l1unstruct: magnitude |w| (iterative magnitude pruning; Frankle and Carbin 2019). */
import { mapMasks } from '../masks.ts';
import type { Criterion } from './criterion.ts';

export const l1unstruct: Criterion = {
  granularity: 'weight',
  counts: 'remaining',
  scores: ({ numbers, masks }) => mapMasks(masks, (_, key) => Float64Array.from(numbers[key], Math.abs)),
};

/** omp: the same score, taken from the dense state alone each time, so that counts are shares of the whole. */
export const omp: Criterion = { ...l1unstruct, counts: 'total' };
