/** @file FGSM: one signed step along the gradient at the point itself (Goodfellow et al. 2015). */
import { add, mul, sign, stopGradient, vjp, type Tensor } from '../tensor/index.ts';
import { ballStep } from './ballStep.ts';
import { project, type Box } from './box.ts';

/** Gradient of a scalar in x, as a constant to further differentiation. */
export function inputGradient(lossOf: (x: Tensor) => Tensor, x: Tensor): Tensor {
  const point = stopGradient(x);
  return stopGradient(vjp(lossOf(point), [point])[0]);
}

/**
 * x + stepSize·sign(gradient), projected onto the box; in a ball the step of its norm (ballStep.ts). A constant to
 * differentiation.
 * @param stepSize elementwise; of a ball a share of its radii
 * @param step number of steps made before, int32 []; default none
 */
export function signedStep(
  x: Tensor,
  gradient: Tensor,
  stepSize: Tensor | number,
  box: Box,
  step?: Tensor,
): Tensor {
  const moved = box.ball
    ? ballStep(x, gradient, stepSize, { ...box, ball: box.ball }, step)
    : add(x, mul(sign(gradient), stepSize));
  return stopGradient(project(moved, box));
}

export interface FgsmOptions {
  /** Where the gradient is taken; must lie in the box. */
  readonly start: Tensor;
  readonly box: Box;
  readonly stepSize: Tensor | number;
}

/** One step from `start`. @param lossOf input [B,…] → scalar loss to climb */
export function fgsm(lossOf: (x: Tensor) => Tensor, { start, box, stepSize }: FgsmOptions): Tensor {
  return signedStep(start, inputGradient(lossOf, start), stepSize, box);
}
