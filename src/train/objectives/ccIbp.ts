/** @file ccIbp: cross-entropy of a convex mix of attacked and IBP margins (De Palma et al. 2024, Expressive Losses, §4.2). */
import type { Options } from '../../family/option.ts';
import { outputShape } from '../../nn/shapes.ts';
import { add, matmul, mul, reshape } from '../../tensor/index.ts';
import { attackOptions, attackPoint, boundShare } from '../certified/attackPoint.ts';
import { ibpMargins, lowerMargins, marginRows, robustCrossEntropy } from '../certified/margins.ts';
import type { Objective } from './objective.ts';

const options = {
  ...attackOptions,
  boundShare,
} as const satisfies Options;

/** CE of (1 − α)·margins(attacked) + α·IBP margins. */
export const ccIbp: Objective<typeof options> = {
  name: 'ccIbp',
  title: 'certified training by CC-IBP',
  sentence: 'Cross-entropy of a convex mix of attacked and IBP margins.',
  options,
  noise: (_, shape) => ({ start: shape }),
  evaluate(context, given) {
    const { boundShare: share = boundShare.default } = given;
    const classes = outputShape(context.network)[0];
    const rows = marginRows(context.y, classes);
    const batch = context.x.shape[0];
    const logits = context.forward(attackPoint(context, given)).output;
    const attacked = reshape(
      matmul(reshape(rows, [batch, classes - 1, classes]), reshape(logits, [batch, classes, 1])),
      [batch, classes - 1],
    );
    const bounded = lowerMargins(ibpMargins(context.bounds(), rows));
    const loss = robustCrossEntropy(add(mul(attacked, 1 - share), mul(bounded, share)));
    return { loss, final: context.clean(), metrics: {} };
  },
  simplerAt: (epsilon) => (epsilon === 0 ? 'natural' : undefined),
};
