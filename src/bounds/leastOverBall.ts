/** @file Where a linear function is least over a ball within a box, and a bound that holds without solving for it. */
import {
  abs,
  add,
  amax,
  div,
  gt,
  indicator,
  le,
  maximum,
  minimum,
  mul,
  neg,
  relu,
  sqrt,
  stopGradient,
  sub,
  sum,
  where,
  type Tensor,
} from '../tensor/index.ts';
import type { Ball, ClippedBall } from './ball.ts';
import { leastNormal } from './rounding.ts';

/** Never divided by less. */
const tiny = 1e-30;
/** Steps of the active set (l2): what is still blocked after them costs little. */
const activeSetSteps = 4;
/** Halvings of the multiplier's bracket (l1): a relative error of 2⁻¹⁶ of the largest |a|·r. */
const halvings = 16;

/**
 * With u = (c − x)∘sign(a)/r the moves towards smaller a·x, the least value is a·c − max Σ reach∘u over 0 ≤ u ≤ share,
 * ‖u‖ₚ ≤ 1, where reach = |a|∘r and share is the room that the box leaves, in units of r.
 */
export interface BallProblem {
  /** [R, n] */
  readonly reach: Tensor;
  readonly share: Tensor;
}

/** A point of the set (up to rounding) and the multiplier μ ≥ 0 of the norm that goes with it. */
export interface BallMove {
  /** u, [R, n]. */
  readonly move: Tensor;
  /** [R, 1] */
  readonly multiplier: Tensor;
}

/** Shares of 1 allow more than the box, which is sound. @param a [R, n] @param ball parts [1|R, n] */
export function ballProblem(a: Tensor, { radius, below, above }: ClippedBall): BallProblem {
  const room = where(gt(a, 0), below, above);
  return {
    reach: mul(abs(a), radius),
    share: where(gt(radius, leastNormal), minimum(div(room, radius), 1), 1),
  };
}

/** The best move, found to a few digits; `lossBound` is sound whatever its multiplier. */
export const bestMove = (problem: BallProblem, norm: Ball['norm']): BallMove =>
  norm === 2 ? euclideanMove(problem) : absoluteMove(problem);

/**
 * KKT: u = min(share, reach/μ) with ‖u‖₂ = 1. Fixing what is blocked at one μ and solving for the rest gives a smaller
 * μ, never below the answer: the moves of all iterates lie within the ball. Without blocked inputs the first,
 * ‖a∘r‖₂, is the answer: the dual norm.
 */
function euclideanMove({ reach, share }: BallProblem): BallMove {
  const squares = mul(reach, reach);
  const shares = mul(share, share);
  let multiplier = sqrt(sum(squares, 1, true));
  for (let step = 0; step < activeSetSteps; step++) {
    const free = indicator(gt(mul(share, multiplier), reach));
    const left = sub(1, sum(mul(shares, sub(1, free)), 1, true));
    multiplier = minimum(multiplier, sqrt(div(sum(mul(squares, free), 1, true), maximum(left, 1e-6))));
  }
  // The bound holds for any multiplier as long as the move is the one that goes with it.
  multiplier = maximum(multiplier, tiny);
  return { move: minimum(share, div(reach, multiplier)), multiplier };
}

/**
 * A fractional knapsack: the largest reaches move as far as they may until Σu = 1, where μ is the reach at which that
 * happens, found by halving. Where the whole corner of the box lies within the ball μ tends to 0.
 */
function absoluteMove({ reach, share }: BallProblem): BallMove {
  const spent = (above: Tensor): Tensor => sum(mul(share, indicator(gt(reach, above))), 1, true);
  let high = amax(reach, 1, true);
  let low = mul(high, 0);
  for (let halving = 0; halving < halvings; halving++) {
    const middle = mul(add(low, high), 0.5);
    const fits = le(spent(middle), 1);
    high = where(fits, middle, high);
    low = where(fits, low, middle);
  }
  const surely = indicator(gt(reach, high));
  const perhaps = sub(indicator(gt(reach, low)), surely);
  const rest = relu(sub(1, sum(mul(share, surely), 1, true)));
  const wanted = maximum(sum(mul(share, perhaps), 1, true), tiny);
  const part = minimum(div(rest, wanted), 1);
  return { move: mul(share, add(surely, mul(perhaps, part))), multiplier: high };
}

/**
 * The Lagrangian's terms, [R, n], and what is added to their sum, [R]: for every μ ≥ 0, by weak duality,
 *   l2: max Σ reach∘u ≤ Σ max over 0 ≤ u ≤ share of (reach·u − μ/2·u²) + μ/2, where u = min(share, reach/μ),
 *   l1: max Σ reach∘u ≤ Σ max(reach − μ, 0)·share + μ.
 * At the best μ both are equalities.
 */
export function lossBound(
  { reach, share }: BallProblem,
  { move, multiplier }: BallMove,
  norm: Ball['norm'],
): { readonly terms: Tensor; readonly rest: Tensor } {
  const rest = sum(multiplier, 1);
  if (norm === 1) return { terms: mul(relu(sub(reach, multiplier)), share), rest };
  const half = mul(multiplier, 0.5);
  return { terms: sub(mul(reach, move), mul(half, mul(move, move))), rest: mul(rest, 0.5) };
}

/** At least the absolute values that rounding the terms can concern, [R, n]; for l1 also those next to the threshold. */
export function lossReach(
  { reach, share }: BallProblem,
  { move, multiplier }: BallMove,
  norm: Ball['norm'],
): Tensor {
  if (norm === 2) return mul(reach, move);
  return mul(mul(reach, share), indicator(gt(mul(reach, 1 + 2 ** -20), multiplier)));
}

/** The point c − sign(a)·r∘u, [R, n]. */
export function movedPoint(a: Tensor, { center, radius }: Ball, { move }: BallMove): Tensor {
  const step = mul(move, radius);
  return add(center, where(gt(a, 0), neg(step), step));
}

/** Everything at once, constant to differentiation: a bound of max Σ reach∘u, [R], and the point of least a·x, [R, n]. */
export function leastOverBall(
  a: Tensor,
  ball: ClippedBall,
): { readonly loss: Tensor; readonly point: Tensor } {
  const coefficients = stopGradient(a);
  const problem = ballProblem(coefficients, ball);
  const found = bestMove(problem, ball.norm);
  const { terms, rest } = lossBound(problem, found, ball.norm);
  return { loss: add(sum(terms, 1), rest), point: movedPoint(coefficients, ball, found) };
}
