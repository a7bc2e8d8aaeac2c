/** @file The sets that attacks stay in: boxes, or lp balls within them. */
import type { Ball, Norm } from '../bounds/ball.ts';
import {
  add,
  clamp,
  div,
  expand,
  maximum,
  minimum,
  mul,
  perRow,
  rowAbsSum,
  reshape,
  rowNorm,
  stopGradient,
  sub,
  toTensor,
  type Tensor,
} from '../tensor/index.ts';

/** Elementwise bounds of the allowed inputs, shaped like the input. */
export interface Box {
  readonly lower: Tensor;
  readonly upper: Tensor;
  /** Allowed are only the points of this ball, [B,…]; its centre lies in the box, its radii are above 0. */
  readonly ball?: Ball | undefined;
}

/** Raw pixels within epsilon ([] or a number) of x in a norm, and within 0..1. */
export function epsilonBox(x: Tensor, epsilon: Tensor | number, norm: Norm = 'inf'): Box {
  const box = { lower: maximum(sub(x, epsilon), 0), upper: minimum(add(x, epsilon), 1) };
  if (norm === 'inf') return box;
  const radius = expand(
    reshape(
      toTensor(epsilon),
      x.shape.map(() => 1),
    ),
    x.shape,
  );
  return { ...box, ball: { norm, center: x, radius } };
}

/**
 * A point of the set: the nearest one of the box, and from there straight towards the ball's centre, which stays in the
 * box but for rounding. In this order what the box forbids takes nothing of the ball's length.
 */
export function project(x: Tensor, { lower, upper, ball }: Box): Tensor {
  const inBox = clamp(x, lower, upper);
  return ball ? clamp(towardsCenter(inBox, ball), lower, upper) : inBox;
}

function towardsCenter(x: Tensor, { norm, center, radius }: Ball): Tensor {
  const offset = sub(x, center);
  const unit = div(offset, maximum(radius, 1e-30));
  const length = norm === 2 ? rowNorm(unit, 1) : maximum(rowAbsSum(unit), 1);
  return add(center, div(offset, perRow(length, x.shape)));
}

/** A point of the set from noise in 0..1: lower + noise·(upper − lower), projected. */
export function pointIn(box: Box, noise: Tensor): Tensor {
  const inBox = add(box.lower, mul(noise, sub(box.upper, box.lower)));
  return box.ball ? stopGradient(project(inBox, box)) : inBox;
}
