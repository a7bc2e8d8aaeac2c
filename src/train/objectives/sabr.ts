/** @file sabr: IBP of small boxes around attacks (Müller et al. 2023, Certified Training: Small Boxes are All You Need). */
import { project } from '../../attack/box.ts';
import { outputShape } from '../../nn/shapes.ts';
import { mul } from '../../tensor/index.ts';
import { attackPoint } from '../certified/attackPoint.ts';
import { ibpMargins, lowerMargins, marginRows } from '../certified/margins.ts';
import { robustCrossEntropy } from '../certified/robustLoss.ts';
import type { Objective } from './objective.ts';

/**
 * The attack searches for a centre x′ within ε − τ of the image, τ = smallBox·ε; the loss is IBP's on the box of radius τ
 * around it, which lies within the box of radius ε (ibid., §3.1); of other norms by the triangle inequality likewise.
 */
export const sabr: Objective = {
  noise: (_, shape) => ({ start: shape }),
  evaluate(context, options) {
    const { smallBox = 0.4 } = options;
    const { x, y, epsilon, network } = context;
    const center = project(attackPoint(context, options), context.box(x, mul(epsilon, 1 - smallBox)));
    const pass = context.bound(context.box(center, mul(epsilon, smallBox)));
    const margins = lowerMargins(ibpMargins(pass, marginRows(y, outputShape(network)[0])));
    return { loss: robustCrossEntropy(margins), final: context.clean(), metrics: {} };
  },
  simplerAt: (epsilon) => (epsilon === 0 ? 'natural' : undefined),
};
