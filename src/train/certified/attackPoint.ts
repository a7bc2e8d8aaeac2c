/** @file The attacked images that expressive losses mix with bounds. */
import { project } from '../../attack/box.ts';
import { pgdWalk } from '../../attack/pgd.ts';
import { add, crossEntropy, mul, type Tensor } from '../../tensor/index.ts';
import type { ObjectiveContext, ObjectiveOptions } from '../objectives/objective.ts';

/** PGD from a random start, constant to differentiation; one step of 1.25 ε unless said otherwise. */
export function attackPoint(
  { forward, x, y, epsilon, noise, box: boxAround }: ObjectiveContext,
  { attackSteps = 1, attackAlpha = attackSteps === 1 ? 1.25 : 2.5 / attackSteps }: ObjectiveOptions,
): Tensor {
  const box = boxAround();
  const start = project(add(x, mul(noise['start'], epsilon)), box);
  const lossOf = (at: Tensor): Tensor => mul(crossEntropy(forward(at).output, y), x.shape[0]);
  return pgdWalk(lossOf, start, box, mul(epsilon, attackAlpha), attackSteps);
}
