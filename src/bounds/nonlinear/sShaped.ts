/** @file Tanh and sigmoid: intervals, and lines by chords and tangents (Zhang et al. 2018, CROWN, §3.2). */
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
  sub,
  tanh,
  where,
  type Tensor,
} from '../../tensor/index.ts';
import { mapIncreasing, type Interval } from '../interval.ts';
import { elementwise } from './elementwise.ts';
import type { Lines } from './lines.ts';
import type { Nonlinear } from './member.ts';

/** Halvings of the interval in which a tangent's point is sought. */
const halvings = 14;

/**
 * By how much lines are moved outward for f32: a value of tanh and a line's end err by less than 1e-6,
 * a product with its slope by less than 1e-6 of itself.
 */
const margin = { absolute: 4e-6, relative: 2e-6 };

interface Line {
  readonly slope: Tensor;
  readonly intercept: Tensor;
}

/**
 * Lines below tanh on [l,u], by a variable in [0, 1]; ½ is CROWN's.
 * l ≥ 0 (concave): the chord. u ≤ 0 (convex): the tangent at l + variable·(u − l). Otherwise the tangent at a point
 * d ≤ 0 that stays below at u: below on [l,0] by convexity, and on [0,u] tanh − line is concave, so least at an end. The
 * largest such d is found by halving; so the variable moves from l to d with its lower half, and beyond with its upper.
 * Where even d = l fails the chord is below: it starts flatter than tanh, and tanh − chord is first convex and rising,
 * then concave and ends at 0.
 *
 * None of this is trusted: a line of any slope s, 0 ≤ s ≤ 1, is below if it is so at both ends and where tanh has that
 * slope on its convex side, and the intercept is the least that these give. Of a tangent that point is d, and an error δ of
 * s (1 − tanh² cancels) moves the least value of tanh(z) − s·z by less than δ.
 */
function lowerLine({ lower: l, upper: u }: Interval): (variable?: Tensor) => Line {
  const [fl, fu] = [tanh(l), tanh(u)];
  const slopeAt = (value: Tensor): Tensor => sub(1, mul(value, value));
  const below = (d: Tensor): Tensor => {
    const value = tanh(d);
    return le(add(value, mul(slopeAt(value), sub(u, d))), fu);
  };
  const most = minimum(u, 0);
  let near = minimum(l, 0);
  let far = most;
  for (let i = 0; i < halvings; i++) {
    const middle = mul(add(near, far), 0.5);
    const ok = below(middle);
    [near, far] = [where(ok, middle, near), where(ok, far, middle)];
  }
  const convex = le(u, 0);
  const point = where(convex, mul(add(l, u), 0.5), near);
  const useChord = logicalAnd(logicalNot(convex), logicalOr(ge(l, 0), logicalNot(below(l))));
  const chord = clamp(div(sub(fu, fl), maximum(sub(u, l), 1e-30)), 0, 1);
  const largest = maximum(abs(l), abs(u));
  // Neurons without known bounds keep the constant that always holds.
  const bounded = gt(1e6, largest);
  const whole = mul(sub(point, l), 2);
  return (variable) => {
    const d = variable ? minimum(add(l, mul(variable, whole)), most) : point;
    const value = tanh(d);
    const slope = where(useChord, chord, slopeAt(value));
    const ends = minimum(sub(fl, mul(slope, l)), sub(fu, mul(slope, u)));
    const least = where(useChord, ends, minimum(ends, sub(value, mul(slope, d))));
    const lowered = sub(least, add(mul(mul(slope, largest), margin.relative), margin.absolute));
    return {
      slope: where(bounded, slope, 0),
      intercept: where(bounded, lowered, -1 - margin.absolute),
    };
  };
}

/** Lines of tanh; above, those of the mirrored interval: tanh(−z) = −tanh(z). */
function tanhLines(bounds: Interval): (variables?: readonly Tensor[]) => Lines {
  const below = lowerLine(bounds);
  const mirrored = lowerLine({ lower: neg(bounds.upper), upper: neg(bounds.lower) });
  return (variables) => {
    const lower = below(variables?.[0]);
    const upper = mirrored(variables?.[1]);
    return {
      lowerSlope: lower.slope,
      lowerIntercept: lower.intercept,
      upperSlope: upper.slope,
      upperIntercept: neg(upper.intercept),
    };
  };
}

/** Halves of intervals narrower, or with less between the values at their ends, have lines as far apart. */
const narrow = { width: 2 ** -7, rise: 2 ** -14 };

/** The point whose value is midway: in wide intervals the bend is near one end, or around 0. */
function splitPoint(lower: number, upper: number): number | undefined {
  const [low, high] = [Math.tanh(lower), Math.tanh(upper)];
  if (!(upper - lower > narrow.width && high - low > narrow.rise)) return undefined;
  const point = Math.fround(Math.atanh((low + high) / 2));
  return point > lower && point < upper ? point : undefined;
}

/**
 * c + h·tanh(s·z).
 * @param f the function itself
 * @param map s a power of 2
 */
export const sShaped = <K extends 'tanh' | 'sigmoid'>(
  f: (x: Tensor) => Tensor,
  { center, height, scale }: { readonly center: number; readonly height: number; readonly scale: number },
): Nonlinear<K> =>
  elementwise<K>({
    interval: ([x]) => mapIncreasing(f, x),
    rounding: {
      /** Values stay within ±1. */
      forward: ([m]) => ones(m.shape),
      /** f32 approximations of exp and tanh err by a few units in the last place. */
      forwardTerms: () => 64,
      backwardTerms: () => 2,
      through: ([m]) => m,
    },
    open: ({ lower, upper }) => [...lower.keys()].filter((i) => upper[i] > lower[i]),
    lines(_, { lower, upper }) {
      const unscaled = tanhLines({ lower: mul(lower, scale), upper: mul(upper, scale) });
      const intercept = (t: Tensor): Tensor => add(mul(t, height), center);
      return (variables) => {
        const made = unscaled(variables);
        return {
          lowerSlope: mul(made.lowerSlope, height * scale),
          lowerIntercept: intercept(made.lowerIntercept),
          upperSlope: mul(made.upperSlope, height * scale),
          upperIntercept: intercept(made.upperIntercept),
        };
      };
    },
    variables: 2,
    start: ({ lower }) => new Float32Array(2 * lower.length).fill(0.5),
    splitPoint(lower, upper) {
      const point = splitPoint(lower * scale, upper * scale);
      return point === undefined ? undefined : point / scale;
    },
  });
