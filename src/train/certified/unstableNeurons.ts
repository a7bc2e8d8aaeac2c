/** @file Which neurons their bounds leave undecided. */
import type { Interval } from '../../bounds/interval.ts';
import { gt, indicator, logicalAnd, lt, type Tensor } from '../../tensor/index.ts';

/** As the original study counts: rounding alone makes no neuron unstable. */
const threshold = 1e-5;

/** 1 where l < −1e-5 and u > 1e-5, else 0; shaped like the bounds. */
export const unstableNeurons = ({ lower, upper }: Interval): Tensor =>
  indicator(logicalAnd(lt(lower, -threshold), gt(upper, threshold)));
