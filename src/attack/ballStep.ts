/** @file One step of an attack within an l2 or l1 ball. */
import type { ClippedBall } from '../bounds/ball.ts';
import { leastOverBall } from '../bounds/leastOverBall.ts';
import {
  abs,
  add,
  amax,
  cast,
  div,
  flatten,
  maximum,
  minimum,
  mul,
  neg,
  perRow,
  reshape,
  rowNorm,
  sub,
  type Tensor,
} from '../tensor/index.ts';
import type { Box } from './box.ts';

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
