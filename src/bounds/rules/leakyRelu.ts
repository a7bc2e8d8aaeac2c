/** @file Bounds of leaky ReLU. */
import type { LeakyReluLayer } from '../../nn/layers/leakyRelu.ts';
import { add, maximum, mul, neg, type Tensor } from '../../tensor/index.ts';
import { magnitude, mapIncreasing, type Interval } from '../interval.ts';
import { leastNormal, unitRoundoff } from '../rounding.ts';
import type { BoundRule } from '../rule.ts';
import type { Lines } from './lines.ts';
import { reluLines } from './relu.ts';

export const leakyReluRule: BoundRule<'leakyRelu'> = {
  /** max(x, s·x) is increasing for s in 0..1. */
  interval: ([x], { negativeSlope }) => mapIncreasing((t) => maximum(t, mul(t, negativeSlope)), x),
  backward: (a, layer, context) => context.relaxationOf(layer.name)(a),
  rounding: {
    forward: ([m]) => m,
    forwardTerms: () => 1,
    backwardTerms: () => 4,
  },
};

/** s·z + (1 − s)·relu(z) with ReLU's lines: the chord above, a line through 0 below. */
export function leakyReluLines({ negativeSlope }: LeakyReluLayer, input: Interval): Lines {
  const lines = reluLines(input);
  // Slopes round by 2u and so move a line by that much of |z|.
  const spread = add(mul(magnitude(input), 4 * unitRoundoff), leastNormal);
  const mixed = (slope: Tensor): Tensor => add(mul(slope, 1 - negativeSlope), negativeSlope);
  return {
    lowerSlope: mixed(lines.lowerSlope),
    lowerIntercept: neg(spread),
    upperSlope: mixed(lines.upperSlope),
    upperIntercept: add(mul(lines.intercept, 1 - negativeSlope), spread),
  };
}
