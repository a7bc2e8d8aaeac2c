/** @file mtlIbp: a convex mix of the attacked and the IBP loss (De Palma et al. 2024, Expressive Losses, §4.3). */
import { outputShape } from '../../nn/shapes.ts';
import { add, crossEntropy, mul } from '../../tensor/index.ts';
import { attackPoint } from '../certified/attackPoint.ts';
import { ibpMargins, lowerMargins, marginRows } from '../certified/margins.ts';
import { robustCrossEntropy } from '../certified/robustLoss.ts';
import type { Objective } from './objective.ts';

/** (1 − α)·CE(attacked) + α·CE(worst IBP margins). */
export const mtlIbp: Objective = {
  noise: (_, shape) => ({ start: shape }),
  evaluate(context, options) {
    const { boundShare = 0.5 } = options;
    const attacked = crossEntropy(context.forward(attackPoint(context, options)).output, context.y);
    const rows = marginRows(context.y, outputShape(context.network)[0]);
    const robust = robustCrossEntropy(lowerMargins(ibpMargins(context.bounds(), rows)));
    const loss = add(mul(attacked, 1 - boundShare), mul(robust, boundShare));
    return { loss, final: context.clean(), metrics: { attacked, robust } };
  },
  simplerAt: (epsilon) => (epsilon === 0 ? 'natural' : undefined),
};
