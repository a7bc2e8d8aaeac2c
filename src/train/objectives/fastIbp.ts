/** @file fastIbp: IBP with the regularisers of a short warm-up (Shi et al. 2021). */
import type { Options } from '../../family/option.ts';
import { add, mul, relu, sub } from '../../tensor/index.ts';
import { fastIbpRegularizer } from '../certified/fastIbpRegularizer.ts';
import { ibp } from './ibp.ts';
import type { Objective } from './objective.ts';

const options = {
  fastIbpWeight: {
    type: 'number',
    least: 0,
    default: 0.5,
    key: 'bound_opts.fast_ibp_weight',
    sentence: 'Weight of the regularisers of fast-IBP at ε = 0.',
  },
} as const satisfies Options;

/**
 * IBP loss + weight·(1 − ε/epsilonMax)·(tightness + ReLU balance) (ibid., §4.2-4.3). Made for the initialisation of
 * `fastIbpInitialize`. At ε = 0 tightness is undefined, and the original trains on clean images alone.
 */
export const fastIbp: Objective<typeof options> = {
  name: 'fastIbp',
  title: 'certified training by fast-IBP',
  sentence: 'IBP with the regularisers of a short warm-up.',
  boundType: 'FAST-IBP',
  fastIbpWeights: true,
  options,
  noise: () => ({}),
  evaluate(context, given) {
    const { fastIbpWeight = options.fastIbpWeight.default, epsilonMax } = given;
    const base = ibp.evaluate(context, given);
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
