/** @file sabr: IBP of small boxes around attacks (Müller et al. 2023, Certified Training: Small Boxes are All You Need). */
import type { Options } from '../../family/option.ts';
import { project } from '../../attack/box.ts';
import { outputShape } from '../../nn/shapes.ts';
import { mul } from '../../tensor/index.ts';
import { attackOptions, attackPoint } from '../certified/attackPoint.ts';
import { ibpMargins, lowerMargins, marginRows, robustCrossEntropy } from '../certified/margins.ts';
import type { Objective } from './objective.ts';

const options = {
  ...attackOptions,
  smallBox: {
    type: 'number',
    least: 0,
    most: 1,
    default: 0.4,
    key: 'bound_opts.small_box',
    sentence: 'Radius of the small box, in units of eps.',
  },
} as const satisfies Options;

/**
 * The attack searches for a centre x′ within ε − τ of the image, τ = smallBox·ε; the loss is IBP's on the box of radius τ
 * around it, which lies within the box of radius ε (ibid., §3.1); of other norms by the triangle inequality likewise.
 */
export const sabr: Objective<typeof options> = {
  name: 'sabr',
  title: 'certified training by SABR',
  sentence: 'IBP of small boxes around attacks.',
  options,
  noise: (_, shape) => ({ start: shape }),
  evaluate(context, given) {
    const { smallBox = options.smallBox.default } = given;
    const { x, y, epsilon, network } = context;
    const center = project(attackPoint(context, given), context.box(x, mul(epsilon, 1 - smallBox)));
    const pass = context.bound(context.box(center, mul(epsilon, smallBox)));
    const margins = lowerMargins(ibpMargins(pass, marginRows(y, outputShape(network)[0])));
    return { loss: robustCrossEntropy(margins), final: context.clean(), metrics: {} };
  },
  simplerAt: (epsilon) => (epsilon === 0 ? 'natural' : undefined),
};
