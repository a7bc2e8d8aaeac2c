/** @file slim: the L1 norm of batch-norm scales (Liu et al. 2017, Network Slimming, eq. 1). */
import { abs, add, constant, sum, type Tensor } from '../../tensor/index.ts';
import type { Regularizer } from './regularizer.ts';

/** Σ|γ| over all batch norms. */
export const slim: Regularizer = {
  evaluate: ({ network, params }) =>
    network.layers
      .filter((l) => l.kind === 'batchNorm2d' || l.kind === 'batchNorm1d')
      .map((l) => sum(abs(params[`${l.name}.weight`])))
      .reduce<Tensor>((a, b) => add(a, b), constant(0)),
};
