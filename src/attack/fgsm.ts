/** @file FGSM: one signed step along the gradient at the point itself (Goodfellow et al. 2015); in l2 and l1 balls the step of their norm. */
import {
  add,
  mul,
  sign,
  stopGradient,
  vjp,
  abs,
  amax,
  cast,
  div,
  flatten,
  maximum,
  minimum,
  neg,
  perRow,
  reshape,
  rowNorm,
  sub,
  type Tensor,
} from '../tensor/index.ts';
import { project, type Box } from './box.ts';
import type { ClippedBall } from '../bounds/ball.ts';
import { leastOverBall } from '../bounds/leastOverBall.ts';

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

/** A box with a ball. */
type BallBox = Box & { readonly ball: NonNullable<Box['ball']> };

/**
 * Where a step along the gradient g leads, before projection.
 * l2: steepest ascent, x + s∘(s∘g)/‖s∘g‖₂ with s = stepSize (Madry et al. 2018, §5, for l2).
 * l1: Frank and Wolfe's step towards the point of the set where g·x is largest, which has few moved elements, by
 * 2/(k + 2) of the way (Jaggi 2013, algorithm 1); it needs no projection, and `stepSize` has no effect.
 * @param step k, int32 []; default 0: all the way
 */
export function ballStep(
  x: Tensor,
  gradient: Tensor,
  stepSize: Tensor | number,
  box: BallBox,
  step?: Tensor,
): Tensor {
  // Of any length: small gradients stay far from where f32 squares underflow.
  const largest = maximum(amax(abs(flatten(gradient)), 1), 1e-30);
  const direction = div(gradient, perRow(largest, gradient.shape));
  if (box.ball.norm === 2) {
    const scaled = mul(direction, stepSize);
    return add(x, mul(scaled, div(stepSize, perRow(rowNorm(scaled, 1e-12), x.shape))));
  }
  const { point } = leastOverBall(flatten(neg(direction)), flatClipped(box));
  const target = reshape(point, x.shape);
  if (!step) return target;
  const share = div(2, add(cast(step, 'float32'), 2));
  return add(x, mul(share, sub(target, x)));
}

/** The ball with the room that the box leaves, rows [B, n]. */
function flatClipped({ lower, upper, ball: { norm, center, radius } }: BallBox): ClippedBall {
  const room = (distance: Tensor): Tensor => flatten(minimum(maximum(distance, 0), radius));
  return {
    norm,
    center: flatten(center),
    radius: flatten(radius),
    below: room(sub(center, lower)),
    above: room(sub(upper, center)),
  };
}
