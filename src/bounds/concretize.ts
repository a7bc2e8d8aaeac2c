/** @file Concretisation: the least value of a linear bound over the input set, by the dual norm. */
import { abs, add, customGradient, flatten, mul, reshape, sign, sub, type Tensor } from '../tensor/index.ts';
import type { LinearBound } from './backward.ts';
import { ballOf, mapBall, type BallKeys, type ClippedBall } from './ball.ts';
import { ballProblem, bestMove, leastOverBall, lossBound, lossReach } from './leastOverBall.ts';
import { blockRoundings, blockTotals, flushed, gamma, outward, rowsDot, rowTotals } from './rounding.ts';

/**
 * An input set: a box as centre and radius, [1|R, …input shape], radius rounded up so that the box is covered; with a
 * ball's key the ball within it.
 */
export interface BoxTensors extends BallKeys<Tensor> {
  readonly center: Tensor;
  readonly radius: Tensor;
}

export interface Concrete {
  /** min over the set of coefficients·x + constant, [R]. */
  readonly lower: Tensor;
  /** Rounding error of `lower` in all, [R]. */
  readonly rounding: Tensor;
}

/** The ball of a set with its parts as rows, [1|R, n]. */
const flatBall = (set: BoxTensors): ClippedBall | undefined => ballOf(mapBall(set, (part) => flatten(part)));

/** The point where the linear bound is least, [R, …]: of a box c − sign(a)·r. */
export function minimizer(coefficients: Tensor, set: BoxTensors): Tensor {
  const ball = flatBall(set);
  if (ball) return reshape(leastOverBall(flatten(coefficients), ball).point, coefficients.shape);
  return sub(set.center, mul(sign(coefficients), set.radius));
}

/**
 * Quick, for optimisation: of a box a·c − |a|·r + constant, of a ball a·c − ‖a∘r‖ by the dual norm, less what the box
 * keeps back. Its gradient in a is the minimiser (envelope theorem: the multiplier is at its best).
 */
export function concretize(bound: LinearBound, box: BoxTensors): Tensor {
  const a = flatten(bound.coefficients);
  const ball = flatBall(box);
  if (ball) {
    const { loss, point } = leastOverBall(a, ball);
    const value = customGradient(sub(rowsDot(a, ball.center), loss), [a], (g) => [
      mul(reshape(g, [-1, 1]), point),
    ]);
    return add(value, bound.constant);
  }
  const center = flatten(box.center);
  const radius = flatten(box.radius);
  const value = sub(rowsDot(a, center), rowsDot(abs(a), radius));
  const least = customGradient(value, [a], (g) => [
    mul(reshape(g, [-1, 1]), minimizer(a, { center, radius })),
  ]);
  return add(least, bound.constant);
}

/**
 * The same value, summed in blocks, with a bound on the rounding error of it and of the walk before. A ball's terms are
 * exact to a dozen roundings of numbers of at most their reach; the multiplier is not rounded at all: the bound holds for
 * any. Its error in the minimising moves changes the terms to second order only.
 */
export function concretizeSoundly(bound: LinearBound, box: BoxTensors): Concrete {
  const a = flatten(bound.coefficients);
  const size = a.shape[1];
  const { terms, reach, constant } = termsOf(a, bound.constant, box);
  const value = blockTotals(terms);
  const total = add(mul(rowTotals(reach), outward(size)), constant.reach);
  const own = add(mul(total, gamma(blockRoundings(size) + concreteTerms)), flushed(8 * size, total));
  return {
    lower: add(value, constant.value),
    rounding: mul(add(bound.rounding, own), outward(1)),
  };
}

/** Roundings of one term. */
const concreteTerms = 12;

interface Terms {
  /** Summed over the inputs, [R, n], and the absolute values in them. */
  readonly terms: Tensor;
  readonly reach: Tensor;
  /** What is added to the sum, [R]. */
  readonly constant: { readonly value: Tensor; readonly reach: Tensor };
}

function termsOf(a: Tensor, constant: Tensor, box: BoxTensors): Terms {
  const absolute = abs(a);
  const ball = flatBall(box);
  if (ball) {
    const problem = ballProblem(a, ball);
    const found = bestMove(problem, ball.norm);
    const { terms, rest } = lossBound(problem, found, ball.norm);
    return {
      terms: sub(mul(a, ball.center), terms),
      reach: add(mul(absolute, abs(ball.center)), lossReach(problem, found, ball.norm)),
      constant: { value: sub(constant, rest), reach: add(abs(constant), rest) },
    };
  }
  const center = flatten(box.center);
  const radius = flatten(box.radius);
  return {
    terms: sub(mul(a, center), mul(absolute, radius)),
    reach: mul(absolute, add(abs(center), radius)),
    constant: { value: constant, reach: abs(constant) },
  };
}
