/** @file ibp: cross-entropy at the worst margins of interval bounds (Gowal et al. 2018). */
import { outputShape } from '../../nn/shapes.ts';
import { ibpMargins, lowerMargins, marginRows, robustCrossEntropy } from '../certified/margins.ts';
import type { Objective } from './objective.ts';

/** The loss is certified throughout: what Gowal et al. mix in with κ is `mtlIbp`'s business. At ε = 0 it is `natural`. */
export const ibp: Objective = {
  name: 'ibp',
  title: 'certified training by IBP',
  sentence: 'Cross-entropy at the worst margins of interval bounds.',
  boundType: 'IBP',
  noise: () => ({}),
  evaluate(context) {
    const rows = marginRows(context.y, outputShape(context.network)[0]);
    const margins = lowerMargins(ibpMargins(context.bounds(), rows));
    return { loss: robustCrossEntropy(margins), final: context.clean(), metrics: {} };
  },
  simplerAt: (epsilon) => (epsilon === 0 ? 'natural' : undefined),
};
