/** @file Stochastic gradient descent with momentum and weight decay, as PyTorch's SGD. */
import { add, mul, sub, type Tensor } from '../../tensor/index.ts';
import { mapParameters, type Optimizer, type OptimizerOptions } from './optimizer.ts';

const slot = (key: string): string => `momentum/${key}`;

/** d = g + λw, v ← μv + d, w ← w − lr·v (Nesterov: w − lr·(d + μv)). */
export function sgd({ momentum = 0, weightDecay = 0, nesterov = false }: OptimizerOptions): Optimizer {
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
          const velocity = add(mul(state[slot(key)], momentum), direction);
          nextState[slot(key)] = velocity;
          direction = nesterov ? add(direction, mul(velocity, momentum)) : velocity;
        }
        return sub(weight, mul(direction, lr));
      });
      return { params: next, state: nextState };
    },
  };
}
