/** @file ccIbp: cross-entropy of a convex mix of attacked and IBP margins (De Palma et al. 2024, Expressive Losses, §4.2). */
import { outputShape } from '../../nn/shapes.ts';
import { add, matmul, mul, reshape } from '../../tensor/index.ts';
import { attackPoint } from '../certified/attackPoint.ts';
import { ibpMargins, lowerMargins, marginRows } from '../certified/margins.ts';
import { robustCrossEntropy } from '../certified/robustLoss.ts';
import type { Objective } from './objective.ts';

/** CE of (1 − α)·margins(attacked) + α·IBP margins. */
export const ccIbp: Objective = {
  noise: (_, shape) => ({ start: shape }),
  evaluate(context, options) {
    const { boundShare = 0.5 } = options;
    const classes = outputShape(context.network)[0];
    const rows = marginRows(context.y, classes);
    const batch = context.x.shape[0];
    const logits = context.forward(attackPoint(context, options)).output;
    const attacked = reshape(
      matmul(reshape(rows, [batch, classes - 1, classes]), reshape(logits, [batch, classes, 1])),
      [batch, classes - 1],
    );
    const bounded = lowerMargins(ibpMargins(context.bounds(), rows));
    const loss = robustCrossEntropy(add(mul(attacked, 1 - boundShare), mul(bounded, boundShare)));
    return { loss, final: context.clean(), metrics: {} };
  },
  simplerAt: (epsilon) => (epsilon === 0 ? 'natural' : undefined),
};
