/** @file Lines of ReLU over an interval, and the dense relaxation by them. */
import {
  abs,
  add,
  cast,
  div,
  ge,
  gt,
  indicator,
  le,
  logicalAnd,
  lt,
  matmul,
  maximum,
  mul,
  neg,
  reshape,
  signParts,
  sizeOf,
  sub,
  where,
  type Tensor,
} from '../../tensor/index.ts';
import type { Interval } from '../interval.ts';
import { blockRoundings, blockTotals, gamma, leastNormal } from '../rounding.ts';
import type { Relaxation } from '../rule.ts';
import type { LowerSlope } from './lowerSlope.ts';

/** Slopes and intercept of l ≤ z ≤ u: lower·z ≤ relu(z) ≤ upper·z + intercept. */
export interface ReluLines {
  readonly lowerSlope: Tensor;
  readonly upperSlope: Tensor;
  readonly intercept: Tensor;
}

/**
 * The chord through (l, 0) and (u, u) above, a line through 0 with slope in [0,1] below
 * (Zhang et al. 2018, CROWN, table 2). Stable neurons get their exact line.
 */
export function reluLines({ lower, upper }: Interval, choice: LowerSlope = 'adaptive'): ReluLines {
  const { unstable, slope, intercept } = chordOf({ lower, upper });
  const active = indicator(ge(lower, 0));
  const upperSlope = where(unstable, slope, active);
  const steep = where(unstable, indicator(ge(add(upper, lower), 0)), active);
  return {
    lowerSlope: choice === 'adaptive' ? steep : fixedSlope(choice, active, upperSlope),
    upperSlope,
    intercept,
  };
}

/** Relative error of an intercept and of its two factors. */
const interceptGrowth = 1 + 2 ** -21;

/**
 * A line above relu on l < 0 < u: any slope s in [0,1], and the intercept max(−s·l, (1 − s)·u), rounded up, which puts
 * it above both ends and so, by convexity, above all between. The chord's slope u/(u − l) makes both the same; where it
 * cannot be computed (widths that underflow, ends that are infinite) s = 1 serves.
 */
function chordOf({ lower, upper }: Interval): {
  readonly unstable: Tensor;
  readonly slope: Tensor;
  readonly intercept: Tensor;
} {
  const unstable = logicalAnd(lt(lower, 0), gt(upper, 0));
  // Neurons that depend on nothing that moves have no width: their quotient is not used, but its gradient would be NaN.
  const quotient = div(upper, where(unstable, sub(upper, lower), 1));
  const valid = logicalAnd(ge(quotient, 0), le(quotient, 1));
  const slope = where(valid, quotient, 1);
  const ends = maximum(mul(neg(lower), slope), mul(upper, sub(1, slope)));
  return {
    unstable,
    slope,
    intercept: where(unstable, add(mul(ends, interceptGrowth), 2 * leastNormal), 0),
  };
}

function fixedSlope(choice: Exclude<LowerSlope, 'adaptive'>, active: Tensor, upperSlope: Tensor): Tensor {
  if (choice === 'same-slope') return upperSlope;
  if (choice === 'zero-lb') return active;
  return indicator(gt(upperSlope, 0));
}

/** Lines of neurons but for the slope below unstable ones: what does not change while α and β are optimised. */
export function compactLines({ lower, upper }: Interval): {
  unstable: Tensor;
  fixed: Tensor;
  upperSlope: Tensor;
  intercept: Tensor;
} {
  const { unstable, slope, intercept } = chordOf({ lower, upper });
  // Of denormal numbers the engine's indicator may lie between 0 and 1.
  const fixed = where(unstable, 0, indicator(ge(lower, 0)));
  return { unstable: cast(unstable, 'float32'), fixed, upperSlope: where(unstable, slope, fixed), intercept };
}

/** Rounding of a sum of products none of which is positive. @param total [R] */
export const totalRounding = (total: Tensor, size: number, roundings = blockRoundings(size)): Tensor =>
  add(mul(abs(total), gamma(roundings)), 4 * size * leastNormal);

/** Relaxation by dense lines [1|B|R, …]: positive coefficients take the lower line, negative ones the upper. */
export function denseRelaxation(lines: ReluLines): Relaxation {
  const boxes = lines.upperSlope.shape[0];
  return (a) => {
    const rows = a.shape[0];
    const size = sizeOf(a.shape) / rows;
    const shared = boxes > 1 && boxes < rows;
    // Several rows of a box stand beside its lines as [B, R/B, n] and [B, 1, n].
    const grouped = shared ? reshape(a, [boxes, rows / boxes, size]) : a;
    const lift = (t: Tensor): Tensor => (shared ? reshape(t, [boxes, 1, size]) : t);
    const { positive, negative } = signParts(grouped);
    const sloped = add(mul(positive, lift(lines.lowerSlope)), mul(negative, lift(lines.upperSlope)));
    const constant = shared
      ? matmul(negative, reshape(lines.intercept, [boxes, size, 1]))
      : blockTotals(mul(negative, lines.intercept));
    const total = reshape(constant, [rows]);
    return {
      inputs: [reshape(sloped, a.shape)],
      constant: total,
      rounding: totalRounding(total, size, shared ? size : blockRoundings(size)),
    };
  };
}
