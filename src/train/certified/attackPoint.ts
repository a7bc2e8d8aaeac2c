/** @file The attacked images that adversarial losses train on, and that expressive losses mix with bounds. */
import { project } from '../../attack/box.ts';
import { pgdWalk } from '../../attack/pgd.ts';
import { add, crossEntropy, mul, type Tensor } from '../../tensor/index.ts';
import type { Option, Options } from '../../family/option.ts';
import type { ObjectiveContext, ObjectiveOptions } from '../objectives/objective.ts';

export const attackOptions = {
  attackSteps: {
    type: 'integer',
    least: 1,
    default: 1,
    key: 'bound_opts.attack_steps',
    sentence: 'Steps of the training attack.',
  },
  attackAlpha: {
    type: 'number',
    above: 0,
    key: 'bound_opts.attack_alpha',
    sentence:
      'Step of the training attack, in units of eps. Default: 1.25 for a single step, else 2.5 / attack_steps.',
  },
} as const satisfies Options;

/** Share α of the bounds in losses that mix them with attacks. */
export const boundShare = {
  type: 'number',
  least: 0,
  most: 1,
  default: 0.5,
  key: 'bound_opts.bound_share',
  sentence: 'Share of the bounds in the mix.',
} as const satisfies Option;

/** PGD from a random start, constant to differentiation; one step of 1.25 ε unless said otherwise. */
export function attackPoint(
  { forward, x, y, radius, noise, box: boxAround }: ObjectiveContext,
  {
    attackSteps = attackOptions.attackSteps.default,
    attackAlpha = attackSteps === 1 ? 1.25 : 2.5 / attackSteps,
  }: ObjectiveOptions<typeof attackOptions>,
): Tensor {
  const box = boxAround();
  const start = project(add(x, mul(noise['start'], radius)), box);
  const lossOf = (at: Tensor): Tensor => mul(crossEntropy(forward(at).output, y), x.shape[0]);
  return pgdWalk(lossOf, start, box, mul(radius, attackAlpha), attackSteps);
}
