/** @file pgd: cross-entropy at the end of a PGD walk from a random start (Madry et al. 2018). */
import type { Options } from '../../family/option.ts';
import { crossEntropy } from '../../tensor/index.ts';
import { attackOptions, attackPoint } from '../certified/attackPoint.ts';
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
  evaluate(context, { attackSteps = options.attackSteps.default, attackAlpha = 2.5 / attackSteps }) {
    const final = context.forward(attackPoint(context, { attackSteps, attackAlpha }));
    return { loss: crossEntropy(final.output, context.y), final, metrics: {} };
  },
};
