/** @file fastIbp: IBP with the regularisers of a short warm-up (Shi et al. 2021). */
import { add, mul, relu, sub } from '../../tensor/index.ts';
import { fastIbpRegularizer } from '../certified/fastIbpRegularizer.ts';
import { ibp } from './ibp.ts';
import type { Objective } from './objective.ts';

/**
 * IBP loss + weight·(1 − ε/epsilonMax)·(tightness + ReLU balance) (ibid., §4.2-4.3). Made for the initialisation of
 * `fastIbpInitialize`. At ε = 0 tightness is undefined, and the original trains on clean images alone.
 */
export const fastIbp: Objective = {
  noise: () => ({}),
  evaluate(context, options) {
    const { fastIbpWeight = 0.5, epsilonMax } = options;
    const base = ibp.evaluate(context, options);
    const { tightness, balance } = fastIbpRegularizer(context.bounds());
    const rest = epsilonMax ? relu(sub(1, mul(context.epsilon, 1 / epsilonMax))) : 1;
    const term = mul(mul(add(tightness, balance), fastIbpWeight), rest);
    return { ...base, loss: add(base.loss, term), metrics: { tightness, balance } };
  },
  simplerAt(epsilon, { epsilonMax = Infinity }) {
    if (epsilon === 0) return 'natural';
    return epsilon >= epsilonMax ? 'ibp' : undefined;
  },
};
