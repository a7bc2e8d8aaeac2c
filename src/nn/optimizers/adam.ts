/** @file Adam (Kingma and Ba 2015) with L2 weight decay, as PyTorch's Adam. */
import type { Options } from '../../family/option.ts';
import { add, div, float32, mul, sqrt, sub, type Tensor } from '../../tensor/index.ts';
import { mapParameters } from '../network.ts';
import { type OptimizerKind, weightDecay as decay } from './optimizer.ts';

const first = (key: string): string => `exp_avg/${key}`;
const second = (key: string): string => `exp_avg_sq/${key}`;

const options = { weightDecay: decay } as const satisfies Options;

/**
 * m ← β₁m + (1−β₁)g, v ← β₂v + (1−β₂)g², w ← w − lr·(m/c₁)/(√(v/c₂) + eps) with c = 1 − βᵗ.
 * The corrections are kept as c ← βc + (1−β), which loses no digits where βᵗ is near 1.
 */
export const adam: OptimizerKind<typeof options> = {
  name: 'adam',
  title: 'Adam',
  sentence: 'Adaptive moments (Kingma and Ba 2015).',
  options,
  build({ betas = [0.9, 0.999], eps = 1e-8, weightDecay = 0 }) {
    const [beta1, beta2] = betas;
    const average = (before: Tensor, beta: number, value: Tensor): Tensor =>
      add(mul(before, beta), mul(value, 1 - beta));
    return {
      stateSpecs(params) {
        const slots = Object.entries(params).flatMap(([key, spec]) => [
          [first(key), spec],
          [second(key), spec],
        ]);
        return { ...Object.fromEntries(slots), correction1: float32([]), correction2: float32([]) };
      },
      update({ params, gradients, state, lr }) {
        const correction1 = add(mul(state['correction1'], beta1), 1 - beta1);
        const correction2 = add(mul(state['correction2'], beta2), 1 - beta2);
        const rate = div(lr, correction1);
        const root = sqrt(correction2);
        const nextState: Record<string, Tensor> = {};
        const next = mapParameters(params, (weight, key) => {
          let gradient = gradients[key];
          if (weightDecay > 0) gradient = add(gradient, mul(weight, weightDecay));
          const m = average(state[first(key)], beta1, gradient);
          const v = average(state[second(key)], beta2, mul(gradient, gradient));
          nextState[first(key)] = m;
          nextState[second(key)] = v;
          return sub(weight, div(mul(m, rate), add(div(sqrt(v), root), eps)));
        });
        return { params: next, state: { ...nextState, correction1, correction2 } };
      },
    };
  },
};
