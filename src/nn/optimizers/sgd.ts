/** @file Stochastic gradient descent with momentum and weight decay, as PyTorch's SGD. */
import type { Options } from '../../family/option.ts';
import { add, mul, sub, type Tensor } from '../../tensor/index.ts';
import { mapParameters } from '../network.ts';
import { type OptimizerKind, weightDecay as decay } from './optimizer.ts';

const slot = (key: string): string => `momentum/${key}`;

const options = {
  momentum: {
    type: 'number',
    least: 0,
    below: 1,
    default: 0.9,
    key: 'momentum',
    sentence: 'Momentum of SGD.',
  },
  weightDecay: decay,
} as const satisfies Options;

/** d = g + λw, v ← μv + d, w ← w − lr·v. */
export const sgd: OptimizerKind<typeof options> = {
  name: 'sgd',
  title: 'SGD',
  sentence: 'Stochastic gradient descent with momentum.',
  options,
  build({ momentum = 0, weightDecay = 0 }) {
    return {
      stateSpecs: (params) =>
        momentum === 0
          ? {}
          : Object.fromEntries(Object.entries(params).map(([key, spec]) => [slot(key), spec])),
      update({ params, gradients, state, lr }) {
        const nextState: Record<string, Tensor> = {};
        const next = mapParameters(params, (weight, key) => {
          let direction = gradients[key];
          if (weightDecay > 0) direction = add(direction, mul(weight, weightDecay));
          if (momentum > 0) {
            direction = add(mul(state[slot(key)], momentum), direction);
            nextState[slot(key)] = direction;
          }
          return sub(weight, mul(direction, lr));
        });
        return { params: next, state: nextState };
      },
    };
  },
};
