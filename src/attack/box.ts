/** @file The sets that attacks stay in: boxes, or lp balls within them. */
import type { Ball, Norm } from '../bounds/ball.ts';
import { movesAlike, pixelDomain, type InputDomain } from '../data/domain.ts';
import {
  add,
  clamp,
  constant,
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

/** One number for all, or numbers that spread over the elements of inputs of this rank, batch included. */
const spread = (list: readonly number[], rank: number): Tensor | number =>
  list.length === 1
    ? list[0]
    : constant(list, [1, list.length, ...Array.from({ length: rank - 2 }, () => 1)]);

/** How far each element may move: the radius itself, or [1,C,…] where they differ. @param rank of inputs, batch included */
export function radiusOf<R extends Tensor | number>(
  epsilon: R,
  rank: number,
  domain: InputDomain = pixelDomain,
): R | Tensor {
  return movesAlike(domain) ? epsilon : mul(spread(domain.radii, rank), epsilon);
}

/**
 * Inputs within epsilon ([] or a number) of x in a norm, and within the range of valid ones.
 * @param domain absent: raw pixels 0..1. Elements that move by radii of their own go with the maximum norm.
 */
export function epsilonBox(
  x: Tensor,
  epsilon: Tensor | number,
  norm: Norm = 'inf',
  domain: InputDomain = pixelDomain,
): Box {
  const rank = x.shape.length;
  const moved = radiusOf(epsilon, rank, domain);
  const [low, high] = [sub(x, moved), add(x, moved)];
  const box = {
    lower: domain.lower ? maximum(low, spread(domain.lower, rank)) : low,
    upper: domain.upper ? minimum(high, spread(domain.upper, rank)) : high,
  };
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
