/** @file l1: the L1 norm of all weights, the regulariser that goes with plain IBP. */
import { abs, add, constant, sum, type Tensor } from '../../tensor/index.ts';
import { weightOption, type Regularizer } from './regularizer.ts';

const options = { weight: weightOption('l1_weight', 'Weight of the L1 norm of the weights.') };

/** Σ|W| over convolutions and linear layers. */
export const l1: Regularizer<typeof options> = {
  name: 'l1',
  title: 'L1 norm of the weights',
  sentence: 'The L1 norm of all weights, which goes with plain IBP.',
  options,
  evaluate: ({ network, params }) =>
    network.layers
      .filter((l) => l.kind === 'conv2d' || l.kind === 'linear')
      .map((l) => sum(abs(params[`${l.name}.weight`])))
      .reduce<Tensor>((a, b) => add(a, b), constant(0)),
};
