/** @file crown: CROWN bounds of every layer (Zhang et al. 2018). */
import { outputShape } from '../../nn/shapes.ts';
import { constant } from '../../tensor/index.ts';
import { crownIntermediates } from '../certified/crownIntermediates.ts';
import { fusedCrossEntropy } from '../certified/fusedLoss.ts';
import { crownMargins, ibpMargins, marginRows, robustCrossEntropy } from '../certified/margins.ts';
import { crownSteps } from '../crownBlocks/crownSteps.ts';
import { crownOptions } from './crownIbp.ts';
import type { Objective } from './objective.ts';

/**
 * Like `crownIbp` at share 1, with CROWN's own intermediate bounds: two rows for every neuron that intervals leave
 * unstable. In one program only tiny networks fit; training walks in blocks.
 */
export const crown: Objective<typeof crownOptions> = {
  name: 'crown',
  title: 'certified training by CROWN',
  sentence: 'Cross-entropy at the worst margins of CROWN bounds of every layer.',
  boundType: 'CROWN',
  options: crownOptions,
  noise: () => ({}),
  evaluate(context, { noLossFusion = false, relaxation }) {
    const pass = crownIntermediates(context.bounds(), relaxation);
    const rows = marginRows(context.y, outputShape(context.network)[0]);
    const loss = noLossFusion
      ? robustCrossEntropy(crownMargins(pass, rows, relaxation))
      : fusedCrossEntropy(pass, rows, ibpMargins(pass, rows), constant(1), relaxation);
    return { loss, final: context.clean(), metrics: {} };
  },
  blocks: crownSteps,
  scores: { objective: 'crownIbp', options: { crownShare: 1 } },
  simplerAt: (epsilon) => (epsilon === 0 ? 'natural' : undefined),
};
