/** @file Leaky ReLU. */
import type { LeakyReluLayer } from '../../nn/layers/leakyRelu.ts';
import { add, maximum, mul, neg, type Tensor } from '../../tensor/index.ts';
import { unstableNeurons } from '../hostBounds.ts';
import { magnitude, mapIncreasing, type Interval } from '../interval.ts';
import { leastNormal, unitRoundoff } from '../rounding.ts';
import { elementwise } from './elementwise.ts';
import type { Lines } from './lines.ts';
import { kink, startingSlopes } from './relu.ts';
import { compactLines, reluLines } from './reluLines.ts';

/** s·z + (1 − s)·relu(z) with ReLU's lines: the chord above, a line through 0 below, of any slope from s to 1. */
function lines(
  { negativeSlope }: LeakyReluLayer,
  bounds: Interval,
): (variables?: readonly Tensor[]) => Lines {
  const { unstable, fixed } = compactLines(bounds);
  const { lowerSlope, upperSlope, intercept } = reluLines(bounds);
  // Slopes round by 2u and so move a line by that much of |z|.
  const spread = add(mul(magnitude(bounds), 4 * unitRoundoff), leastNormal);
  const mixed = (slope: Tensor): Tensor => add(mul(slope, 1 - negativeSlope), negativeSlope);
  const above = {
    lowerIntercept: neg(spread),
    upperSlope: mixed(upperSlope),
    upperIntercept: add(mul(intercept, 1 - negativeSlope), spread),
  };
  return ([slope] = []) => ({
    lowerSlope: mixed(slope ? add(mul(slope, unstable), fixed) : lowerSlope),
    ...above,
  });
}

export const leakyReluMember = elementwise<'leakyRelu'>({
  /** max(x, s·x) is increasing for s in 0..1. */
  interval: ([x], { negativeSlope }) => mapIncreasing((t) => maximum(t, mul(t, negativeSlope)), x),
  rounding: {
    forward: ([m]) => m,
    forwardTerms: () => 1,
    backwardTerms: () => 4,
  },
  exact: 'piecewise',
  open: unstableNeurons,
  lines,
  variables: 1,
  start: startingSlopes,
  splitPoint: kink,
});
