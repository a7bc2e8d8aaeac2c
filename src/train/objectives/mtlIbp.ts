/** @file mtlIbp: a convex mix of the attacked and the IBP loss (De Palma et al. 2024, Expressive Losses, §4.3). */
import type { Options } from '../../family/option.ts';
import { outputShape } from '../../nn/shapes.ts';
import { add, crossEntropy, mul } from '../../tensor/index.ts';
import { attackOptions, attackPoint, boundShare } from '../certified/attackPoint.ts';
import { ibpMargins, lowerMargins, marginRows, robustCrossEntropy } from '../certified/margins.ts';
import type { Objective } from './objective.ts';

const options = {
  ...attackOptions,
  boundShare,
} as const satisfies Options;

/** (1 − α)·CE(attacked) + α·CE(worst IBP margins). */
export const mtlIbp: Objective<typeof options> = {
  name: 'mtlIbp',
  title: 'certified training by MTL-IBP',
  sentence: 'A convex mix of the attacked and the IBP loss.',
  options,
  noise: (_, shape) => ({ start: shape }),
  evaluate(context, given) {
    const { boundShare: share = boundShare.default } = given;
    const attacked = crossEntropy(context.forward(attackPoint(context, given)).output, context.y);
    const rows = marginRows(context.y, outputShape(context.network)[0]);
    const robust = robustCrossEntropy(lowerMargins(ibpMargins(context.bounds(), rows)));
    const loss = add(mul(attacked, 1 - share), mul(robust, share));
    return { loss, final: context.clean(), metrics: { attacked, robust } };
  },
  simplerAt: (epsilon) => (epsilon === 0 ? 'natural' : undefined),
};
