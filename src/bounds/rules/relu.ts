/** @file Bounds of ReLU: interval, the CROWN relaxations, and the compact form that carries α and β. */
import {
  add,
  cast,
  clamp,
  div,
  abs,
  ge,
  indexAdd,
  indexSelect,
  indicator,
  le,
  lt,
  logicalAnd,
  gt,
  maximum,
  mul,
  neg,
  putAlongDim,
  relu,
  reshape,
  signParts,
  sizeOf,
  sub,
  takeAlongDim,
  where,
  type Tensor,
} from '../../tensor/index.ts';
import { magnitude, mapIncreasing, type Interval } from '../interval.ts';
import { blockRoundings, blockTotals, gamma, leastNormal, rowTotals } from '../rounding.ts';
import type { BoundRule, Relaxation } from '../rule.ts';

export const reluRule: BoundRule<'relu'> = {
  /** ReLU is increasing: [relu(l), relu(u)]. */
  interval: ([x]) => mapIncreasing(relu, x),
  backward: (a, layer, context) => context.relaxationOf(layer.name)(a),
  /** A product of a coefficient with a slope of at most 1; −side·β is counted by `splitRounding`. */
  rounding: { forward: ([m]) => m, forwardTerms: () => 0, backwardTerms: () => 2 },
};

/**
 * Lower slope of an unstable neuron before any optimisation (auto_LiRPA's names):
 * `adaptive` 1 if u ≥ −l else 0 (CROWN, least area), `same-slope` u/(u−l), `zero-lb` 0, `one-lb` 1.
 */
export type LowerSlope = 'adaptive' | 'same-slope' | 'zero-lb' | 'one-lb';

export const lowerSlopes: readonly LowerSlope[] = ['adaptive', 'same-slope', 'zero-lb', 'one-lb'];

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
  const quotient = div(upper, sub(upper, lower));
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

/** Rounding of `blockTotals` of products none of which is positive. @param total [R] */
const totalRounding = (total: Tensor, size: number): Tensor =>
  add(mul(abs(total), gamma(blockRoundings(size))), 4 * size * leastNormal);

/** Runs `f` on a seen as [B, R/B, …] beside per-box tensors [B, 1, …] where several rows share a box. */
function perBox(
  a: Tensor,
  boxes: number,
  f: (grouped: Tensor, lift: (t: Tensor) => Tensor) => { coefficients: Tensor; constant: Tensor },
): { coefficients: Tensor; constant: Tensor } {
  const rows = a.shape[0];
  if (boxes === 1 || boxes === rows) return f(a, (t) => t);
  const grouped = reshape(a, [boxes, rows / boxes, sizeOf(a.shape) / rows]);
  const found = f(grouped, (t) => reshape(t, [boxes, 1, sizeOf(t.shape) / boxes]));
  return { coefficients: reshape(found.coefficients, a.shape), constant: reshape(found.constant, [rows]) };
}

/** Relaxation by dense lines [1|B|R, …]: positive coefficients take the lower line, negative ones the upper. */
export function denseRelaxation(lines: ReluLines): Relaxation {
  return (a) => {
    const { coefficients, constant } = perBox(a, lines.upperSlope.shape[0], (grouped, lift) => {
      const { positive, negative } = signParts(grouped);
      const product = mul(negative, lift(lines.intercept));
      return {
        coefficients: add(mul(positive, lift(lines.lowerSlope)), mul(negative, lift(lines.upperSlope))),
        constant: blockTotals(reshape(product, [a.shape[0], -1])),
      };
    });
    return {
      inputs: [coefficients],
      constant,
      rounding: totalRounding(constant, sizeOf(a.shape) / a.shape[0]),
    };
  };
}

/** Splits of branch and bound in one ReLU, [R, D] each; unused places have side 0. */
export interface SplitNeurons<T = Tensor> {
  /** Compact positions, int32. */
  readonly position: T;
  /** +1: z ≥ 0, −1: z ≤ 0. */
  readonly side: T;
  /** Multipliers ≥ 0. */
  readonly beta: T;
}

/** One ReLU layer where U of its n neurons, all that are unstable at the root, have lines of their own. */
export interface CompactRelu {
  /** 1 where the neuron is active at the root, else 0; [1, n]. */
  readonly active: Tensor;
  /** Places of the U neurons, int32 [U]; padding repeats a place and is inactive. Absent: all neurons, U = n. */
  readonly index?: Tensor | undefined;
  /** Pre-activation bounds of those neurons, [1|R, U]; splits are clipped in; padding has l = u = −1. */
  readonly lower: Tensor;
  readonly upper: Tensor;
  /** Lower slopes in [0,1], [R, U]; used where l < 0 < u. */
  readonly alpha: Tensor;
  readonly split?: SplitNeurons | undefined;
}

/** A compact relaxation, and the coefficients it saw at the unstable neurons (for branching). */
export interface CompactRelaxation {
  readonly relax: Relaxation;
  /** Coefficients of the ReLU's output at the unstable neurons, [R, U]; set once the walk has passed. */
  readonly seen: { coefficients?: Tensor };
}

/** Lines of compact neurons but for α: everything that does not change while α and β are optimised. */
export function compactLines({ lower, upper }: Interval): {
  unstable: Tensor;
  fixed: Tensor;
  upperSlope: Tensor;
  intercept: Tensor;
} {
  const { unstable, slope, intercept } = chordOf({ lower, upper });
  const fixed = indicator(ge(lower, 0));
  return { unstable: cast(unstable, 'float32'), fixed, upperSlope: where(unstable, slope, fixed), intercept };
}

/**
 * β-CROWN's ReLU step (Wang et al. 2021, theorem 3.1): coefficients of z are D·a − side·β,
 * where D holds α below and the chord above; z·side ≥ 0 makes −β·side·z ≤ 0 sound to add.
 */
export function compactRelaxation(layer: CompactRelu): CompactRelaxation {
  const seen: { coefficients?: Tensor } = {};
  const { index, split } = layer;
  const lines = compactLines(layer);
  const neurons = layer.active.shape[1];
  const compactSize = layer.lower.shape[1];
  const relax: Relaxation = (a) => {
    const flat = reshape(a, [a.shape[0], neurons]);
    const picked = index ? indexSelect(flat, 1, index) : flat;
    seen.coefficients = picked;
    const { positive, negative } = signParts(picked);
    // Whatever optimisation hands over, only slopes in [0,1] and multipliers ≥ 0 are used here.
    const lowerSlope = add(mul(clamp(layer.alpha, 0, 1), lines.unstable), lines.fixed);
    let compact = add(mul(positive, lowerSlope), mul(negative, lines.upperSlope));
    if (split)
      compact = sub(compact, putAlongDim(mul(relu(split.beta), split.side), 1, split.position, compactSize));
    const dense = index ? add(mul(flat, layer.active), indexAdd(compact, 1, index, neurons)) : compact;
    const constant = blockTotals(mul(negative, lines.intercept));
    const summed = totalRounding(constant, compactSize);
    return {
      inputs: [reshape(dense, a.shape)],
      constant,
      rounding: split ? add(summed, splitRounding(layer, split)) : summed,
    };
  };
  return { relax, seen };
}

/**
 * Adding −side·β to a coefficient a·s rounds by at most u·(|a| + β) times |z|, of which the rule counts |a|'s part;
 * and several neurons of padding may share a place, which adds zeros.
 */
function splitRounding({ lower, upper }: CompactRelu, { beta, side, position }: SplitNeurons): Tensor {
  const largest = takeAlongDim(magnitude({ lower, upper }), 1, position);
  const total = rowTotals(mul(mul(relu(beta), abs(side)), largest));
  return add(mul(total, gamma(0)), beta.shape[1] * 4 * leastNormal);
}
