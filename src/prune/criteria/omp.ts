/** @file omp: magnitude, taken from the dense state alone each time (one-shot magnitude pruning). */
import type { Criterion } from './criterion.ts';
import { l1unstruct } from './l1unstruct.ts';

/** The same score; counts are shares of the whole. */
export const omp: Criterion = {
  ...l1unstruct,
  name: 'omp',
  title: 'one-shot magnitude (omp)',
  sentence: 'Magnitude of a weight in the dense state, a share of the whole each time.',
  counts: 'total',
  dense: true,
};
