/** @file Bounds of tanh and sigmoid: intervals, and lines by chords and tangents (Zhang et al. 2018, CROWN, §3.2). */
import {
  abs,
  add,
  clamp,
  div,
  ge,
  gt,
  le,
  logicalAnd,
  logicalNot,
  logicalOr,
  maximum,
  minimum,
  mul,
  neg,
  ones,
  sigmoid,
  sub,
  tanh,
  where,
  type Tensor,
} from '../../tensor/index.ts';
import { mapIncreasing, type Interval } from '../interval.ts';
import type { BoundRule } from '../rule.ts';
import type { Lines } from './lines.ts';

const sShapedRule = <K extends 'tanh' | 'sigmoid'>(f: (x: Tensor) => Tensor): BoundRule<K> => ({
  interval: ([x]) => mapIncreasing(f, x),
  backward: (a, layer, context) => context.relaxationOf(layer.name)(a),
  rounding: {
    /** Values stay within ±1. */
    forward: ([m]) => ones(m.shape),
    /** f32 approximations of exp and tanh err by a few units in the last place. */
    forwardTerms: () => 64,
    backwardTerms: () => 2,
    through: ([m]) => m,
  },
});

export const tanhRule = sShapedRule<'tanh'>(tanh);
export const sigmoidRule = sShapedRule<'sigmoid'>(sigmoid);

/** Halvings of the interval in which a tangent's point is sought. */
const halvings = 14;

/**
 * By how much lines are moved outward for f32: a value of tanh and a chord's end err by less than 1e-6,
 * a slope by less than 1e-6 of itself.
 */
const margin = { absolute: 4e-6, relative: 2e-6 };

interface Line {
  readonly slope: Tensor;
  readonly intercept: Tensor;
}

/**
 * A line below tanh on [l,u].
 * l ≥ 0 (concave): the chord. u ≤ 0 (convex): the tangent in the middle. Otherwise the tangent at a point d ≤ 0 that
 * stays below at u: below on [d's side] by convexity, and on [0,u] tanh − line is concave, so least at an end.
 * The largest such d is found by halving; every d tried and kept is sound. Where even d = l fails the chord is below:
 * it starts flatter than tanh, and tanh − chord is first convex and rising, then concave and ends at 0.
 */
function lowerLine({ lower: l, upper: u }: Interval): Line {
  const [fl, fu] = [tanh(l), tanh(u)];
  const slopeAt = (value: Tensor): Tensor => sub(1, mul(value, value));
  const below = (d: Tensor): Tensor => {
    const value = tanh(d);
    return le(add(value, mul(slopeAt(value), sub(u, d))), fu);
  };
  let near = minimum(l, 0);
  let far = minimum(u, 0);
  for (let i = 0; i < halvings; i++) {
    const middle = mul(add(near, far), 0.5);
    const ok = below(middle);
    [near, far] = [where(ok, middle, near), where(ok, far, middle)];
  }
  const convex = le(u, 0);
  const point = where(convex, mul(add(l, u), 0.5), near);
  const useChord = logicalAnd(logicalNot(convex), logicalOr(ge(l, 0), logicalNot(below(l))));
  const chord = clamp(div(sub(fu, fl), maximum(sub(u, l), 1e-30)), 0, 1);
  const value = tanh(point);
  const slope = where(useChord, chord, slopeAt(value));
  const through = where(useChord, sub(fl, mul(slope, l)), sub(value, mul(slope, point)));
  const reach = mul(slope, maximum(abs(l), abs(u)));
  const lowered = sub(through, add(mul(reach, margin.relative), margin.absolute));
  // Neurons without known bounds keep the constant that always holds.
  const bounded = gt(1e6, maximum(abs(l), abs(u)));
  return { slope: where(bounded, slope, 0), intercept: where(bounded, lowered, -1) };
}

/** Lines of tanh; above, those of the mirrored interval: tanh(−z) = −tanh(z). */
export function tanhLines(input: Interval): Lines {
  const lower = lowerLine(input);
  const mirrored = lowerLine({ lower: neg(input.upper), upper: neg(input.lower) });
  return {
    lowerSlope: lower.slope,
    lowerIntercept: lower.intercept,
    upperSlope: mirrored.slope,
    upperIntercept: neg(mirrored.intercept),
  };
}

/** σ(z) = ½ + ½·tanh(z/2). */
export function sigmoidLines({ lower, upper }: Interval): Lines {
  const half = tanhLines({ lower: mul(lower, 0.5), upper: mul(upper, 0.5) });
  const intercept = (t: Tensor): Tensor => add(mul(t, 0.5), 0.5);
  return {
    lowerSlope: mul(half.lowerSlope, 0.25),
    lowerIntercept: intercept(half.lowerIntercept),
    upperSlope: mul(half.upperSlope, 0.25),
    upperIntercept: intercept(half.upperIntercept),
  };
}
