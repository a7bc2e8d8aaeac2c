/** @file l1unstruct: magnitude |w| (iterative magnitude pruning; Frankle and Carbin 2019). */
import type { Criterion } from './criterion.ts';

export const l1unstruct: Criterion = {
  scores: ({ numbers, masks }) =>
    Object.fromEntries(Object.keys(masks).map((key) => [key, Float64Array.from(numbers[key], Math.abs)])),
};
