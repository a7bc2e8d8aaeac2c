/** @file ReLU. */
import { relu, zeros } from '../../tensor/index.ts';
import { unstableNeurons, type HostInterval } from '../hostBounds.ts';
import { mapIncreasing } from '../interval.ts';
import { compactRelaxation } from './compactRelu.ts';
import { lowerSlopeOf, type LowerSlope } from './lowerSlope.ts';
import type { Nonlinear } from './member.ts';
import { optimizedRelu } from './optimizedRelu.ts';
import { denseRelaxation, reluLines } from './reluLines.ts';

/** CROWN's slope below each neuron: where optimisation starts. */
export const startingSlopes = ({ lower, upper }: HostInterval, slope: LowerSlope): Float32Array =>
  lower.map((l, i) => (l < 0 && upper[i] > 0 ? lowerSlopeOf[slope](l, upper[i]) : 0));

/** ReLU and its like have two affine pieces: none of them is left to split where 0 is not inside. */
export const kink = (lower: number, upper: number): number | undefined =>
  lower < 0 && upper > 0 ? 0 : undefined;

export const reluMember: Nonlinear<'relu'> = {
  /** ReLU is increasing: [relu(l), relu(u)]. */
  interval: ([x]) => mapIncreasing(relu, x),
  /** A product of a coefficient with a slope of at most 1; −side·β is counted beside. */
  rounding: { forward: ([m]) => m, forwardTerms: () => 0, backwardTerms: () => 2 },
  exact: 'piecewise',
  relaxation: (_, input, slope) => denseRelaxation(reluLines(input, slope)),
  open: unstableNeurons,
  elementwise: {
    lines: (_, bounds) => () => {
      const { lowerSlope, upperSlope, intercept } = reluLines(bounds);
      return { lowerSlope, lowerIntercept: zeros(intercept.shape), upperSlope, upperIntercept: intercept };
    },
    variables: 1,
    start: startingSlopes,
    splitPoint: kink,
    gathered: true,
    rows: {
      optimized: (_, setting, rows) => optimizedRelu(setting, rows),
      relaxation: (_, setting, variables) => compactRelaxation(setting, variables),
    },
  },
};
