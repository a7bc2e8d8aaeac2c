/** @file pgd: cross-entropy at the end of a PGD walk from a random start (Madry et al. 2018). */
import { project } from '../../attack/box.ts';
import { pgdWalk } from '../../attack/pgd.ts';
import { add, crossEntropy, mul, type Tensor } from '../../tensor/index.ts';
import type { Objective } from './objective.ts';

/** The walk's steps, unless said otherwise. */
const defaultSteps = 7;

export const pgd: Objective = {
  noise: (_, shape) => ({ start: shape }),
  evaluate(
    { forward, x, y, epsilon, noise, box: boxAround },
    { attackSteps = defaultSteps, attackAlpha = 2.5 / attackSteps },
  ) {
    const box = boxAround();
    const start = project(add(x, mul(noise['start'], epsilon)), box);
    const lossOf = (at: Tensor): Tensor => mul(crossEntropy(forward(at).output, y), x.shape[0]);
    const final = forward(pgdWalk(lossOf, start, box, mul(epsilon, attackAlpha), attackSteps));
    return { loss: crossEntropy(final.output, y), final, metrics: {} };
  },
};
