/** @file l1: the L1 norm of all weights, the regulariser that goes with plain IBP. */
import { weightOf } from '../../nn/layers/rules.ts';
import { abs, add, constant, sum, type Tensor } from '../../tensor/index.ts';
import { weightOption, type Regularizer } from './regularizer.ts';

const options = { weight: weightOption('l1_weight', 'Weight of the L1 norm of the weights.') };

/** Σ|W| over all layers with weights. */
export const l1: Regularizer<typeof options> = {
  name: 'l1',
  title: 'L1 norm of the weights',
  sentence: 'The L1 norm of all weights, which goes with plain IBP.',
  options,
  evaluate: ({ network, params }) =>
    network.layers
      .filter((l) => weightOf(l))
      .map((l) => sum(abs(params[`${l.name}.weight`])))
      .reduce<Tensor>((a, b) => add(a, b), constant(0)),
};
