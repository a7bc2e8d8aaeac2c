/** @file crownIbp: a mixture of CROWN-IBP and IBP that ends at IBP (Zhang et al. 2020). */
import { outputShape } from '../../nn/shapes.ts';
import { add, clamp, constant, mul, sub, type Tensor } from '../../tensor/index.ts';
import { fusedCrossEntropy } from '../certified/fusedLoss.ts';
import { crownMargins, ibpMargins, lowerMargins, marginRows } from '../certified/margins.ts';
import { robustCrossEntropy } from '../certified/robustLoss.ts';
import type { Objective, ObjectiveOptions } from './objective.ts';

/** Share of CROWN: 1 at the start of the ε schedule, 0 at its end, where the loss is `ibp`'s (ibid., §3.2, κ). */
function shareOf(epsilon: Tensor, { crownShare, epsilonMax }: ObjectiveOptions): Tensor {
  if (crownShare !== undefined) return constant(crownShare);
  if (!epsilonMax) throw new Error('crownIbp needs epsilonMax or crownShare');
  return clamp(sub(1, mul(epsilon, 1 / epsilonMax)), 0, 1);
}

/** With loss fusion one CROWN row an image; without, one a class, mixed margin by margin. */
export const crownIbp: Objective = {
  noise: () => ({}),
  evaluate(context, options) {
    const { network, y, epsilon } = context;
    const { lossFusion = true, relaxation } = options;
    const pass = context.bounds();
    const rows = marginRows(y, outputShape(network)[0]);
    const interval = ibpMargins(pass, rows);
    const share = shareOf(epsilon, options);
    const mixed = (): Tensor => {
      const crown = crownMargins(pass, rows, relaxation);
      return robustCrossEntropy(add(mul(crown, share), mul(lowerMargins(interval), sub(1, share))));
    };
    const loss = lossFusion ? fusedCrossEntropy(pass, rows, interval, share, relaxation) : mixed();
    return { loss, final: context.clean(), metrics: {} };
  },
  simplerAt(epsilon, { crownShare, epsilonMax = 0 }) {
    if (epsilon === 0) return 'natural';
    return (crownShare ?? 1 - epsilon / epsilonMax) < 1e-5 ? 'ibp' : undefined;
  },
};
