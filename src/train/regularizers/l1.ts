/** @file l1: the L1 norm of all weights, the regulariser that goes with plain IBP. */
import { abs, add, constant, sum, type Tensor } from '../../tensor/index.ts';
import type { Regularizer } from './regularizer.ts';

/** Σ|W| over convolutions and linear layers. */
export const l1: Regularizer = {
  evaluate: ({ network, params }) =>
    network.layers
      .filter((l) => l.kind === 'conv2d' || l.kind === 'linear')
      .map((l) => sum(abs(params[`${l.name}.weight`])))
      .reduce<Tensor>((a, b) => add(a, b), constant(0)),
};
