/** @file pgd: cross-entropy at the end of a PGD walk from a random start (Madry et al. 2018). */
import type { Options } from '../../family/option.ts';
import { project } from '../../attack/box.ts';
import { pgdWalk } from '../../attack/pgd.ts';
import { add, crossEntropy, mul, type Tensor } from '../../tensor/index.ts';
import { attackOptions } from '../certified/attackPoint.ts';
import type { Objective } from './objective.ts';

const options = {
  attackSteps: { ...attackOptions.attackSteps, default: 7 },
  attackAlpha: {
    ...attackOptions.attackAlpha,
    sentence: 'Step of the training attack, in units of eps. Default: 2.5 / attack_steps.',
  },
} as const satisfies Options;

export const pgd: Objective<typeof options> = {
  name: 'pgd',
  title: 'PGD adversarial training',
  sentence: 'Cross-entropy at the end of a PGD walk from a random start.',
  bestBy: 'pgd',
  options,
  noise: (_, shape) => ({ start: shape }),
  evaluate(
    { forward, x, y, epsilon, noise, box: boxAround },
    { attackSteps = options.attackSteps.default, attackAlpha = 2.5 / attackSteps },
  ) {
    const box = boxAround();
    const start = project(add(x, mul(noise['start'], epsilon)), box);
    const lossOf = (at: Tensor): Tensor => mul(crossEntropy(forward(at).output, y), x.shape[0]);
    const final = forward(pgdWalk(lossOf, start, box, mul(epsilon, attackAlpha), attackSteps));
    return { loss: crossEntropy(final.output, y), final, metrics: {} };
  },
};
