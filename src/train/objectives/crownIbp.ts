/** @file crownIbp: a mixture of CROWN-IBP and IBP that ends at IBP (Zhang et al. 2020). */
import type { Options, Option } from '../../family/option.ts';
import { outputShape } from '../../nn/shapes.ts';
import { add, clamp, constant, mul, sub, type Tensor } from '../../tensor/index.ts';
import { fusedCrossEntropy } from '../certified/fusedLoss.ts';
import {
  crownMargins,
  ibpMargins,
  lowerMargins,
  marginRows,
  robustCrossEntropy,
} from '../certified/margins.ts';
import type { Objective, ObjectiveOptions } from './objective.ts';
import { lowerSlopes } from '../../bounds/nonlinear/lowerSlope.ts';

/** The margins are then bounded one by one. */
const noLossFusion = {
  type: 'flag',
  default: false,
  key: 'no_loss_fusion',
  sentence: 'Bound the margins instead of the loss itself.',
} as const satisfies Option;

/** CROWN's lower line of unstable ReLUs. */
const relaxation = {
  type: 'choice',
  choices: lowerSlopes,
  key: 'bound_opts.relu',
  sentence: 'Lower line of an unstable ReLU. Default: adaptive.',
} as const satisfies Option;

/** What objectives by CROWN bounds are told. */
export const crownOptions = { noLossFusion, relaxation } as const satisfies Options;

const options = {
  crownShare: {
    type: 'number',
    least: 0,
    most: 1,
    key: 'bound_opts.crown_share',
    sentence: 'Fixed share of CROWN. Default: 1 − ε/eps, which falls to 0.',
  },
  ...crownOptions,
} as const satisfies Options;

type Given = ObjectiveOptions<typeof options>;

/** Share of CROWN: 1 at the start of the ε schedule, 0 at its end, where the loss is `ibp`'s (ibid., §3.2, κ). */
function shareOf(epsilon: Tensor, { crownShare, epsilonMax }: Given): Tensor {
  if (crownShare !== undefined) return constant(crownShare);
  if (!epsilonMax) throw new Error('crownIbp needs epsilonMax or crownShare');
  return clamp(sub(1, mul(epsilon, 1 / epsilonMax)), 0, 1);
}

/** With loss fusion one CROWN row an image; without, one a class, mixed margin by margin. */
export const crownIbp: Objective<typeof options> = {
  name: 'crownIbp',
  title: 'certified training by CROWN-IBP',
  sentence: 'A mixture of CROWN-IBP and IBP that ends at IBP.',
  boundType: 'CROWN-IBP',
  options,
  noise: () => ({}),
  evaluate(context, given) {
    const { network, y, epsilon } = context;
    const { noLossFusion = false, relaxation } = given;
    const pass = context.bounds();
    const rows = marginRows(y, outputShape(network)[0]);
    const interval = ibpMargins(pass, rows);
    const share = shareOf(epsilon, given);
    const mixed = (): Tensor => {
      const crown = crownMargins(pass, rows, relaxation);
      return robustCrossEntropy(add(mul(crown, share), mul(lowerMargins(interval), sub(1, share))));
    };
    const loss = noLossFusion ? mixed() : fusedCrossEntropy(pass, rows, interval, share, relaxation);
    return { loss, final: context.clean(), metrics: {} };
  },
  simplerAt(epsilon, { crownShare, epsilonMax = 0 }) {
    if (epsilon === 0) return 'natural';
    return (crownShare ?? 1 - epsilon / epsilonMax) < 1e-5 ? 'ibp' : undefined;
  },
};
