/** @file slim: the L1 norm of batch-norm scales (Liu et al. 2017, Network Slimming, eq. 1). */
import { isBatchNorm } from '../../nn/layers/batchNorm.ts';
import { abs, add, constant, sum, type Tensor } from '../../tensor/index.ts';
import { weightOption, type Regularizer } from './regularizer.ts';

const options = { weight: weightOption('slim_weight', 'Weight of the L1 norm of batch-norm scales.') };

/** Σ|γ| over all batch norms. */
export const slim: Regularizer<typeof options> = {
  name: 'slim',
  title: 'network slimming',
  sentence: 'The L1 norm of batch-norm scales.',
  options,
  evaluate: ({ network, params }) =>
    network.layers
      .filter(isBatchNorm)
      .map((l) => sum(abs(params[`${l.name}.weight`])))
      .reduce<Tensor>((a, b) => add(a, b), constant(0)),
};
