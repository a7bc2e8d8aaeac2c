/** @file Bounds of leaky ReLU. */
import type { LeakyReluLayer } from '../../nn/network.ts';
import { add, maximum, mul, zeros, type Tensor } from '../../tensor/index.ts';
import { mapIncreasing, type Interval } from '../interval.ts';
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
    backward: (a) => [a],
    backwardTerms: () => 1,
  },
};

/** s·z + (1 − s)·relu(z) with ReLU's lines: the chord above, a line through 0 below. */
export function leakyReluLines({ negativeSlope }: LeakyReluLayer, input: Interval): Lines {
  const lines = reluLines(input);
  const mixed = (slope: Tensor): Tensor => add(mul(slope, 1 - negativeSlope), negativeSlope);
  return {
    lowerSlope: mixed(lines.lowerSlope),
    lowerIntercept: zeros(input.lower.shape),
    upperSlope: mixed(lines.upperSlope),
    upperIntercept: mul(lines.intercept, 1 - negativeSlope),
  };
}
