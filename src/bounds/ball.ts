/** @file lp balls within a box: the numbers that programs take, on the host and traced. */
import type { Tensor } from '../tensor/index.ts';
import { roundUp } from './roundUp.ts';

/** Norms whose balls are no boxes. */
export type BallNorm = 1 | 2;
/** p of the lp norm that perturbations are measured by. */
export type Norm = BallNorm | 'inf';

/** The set {c + r∘u : ‖u‖ₚ ≤ 1} met with [c − below, c + above]; 0 ≤ below, above ≤ r, and r > 0. */
export interface BallParts<T> {
  readonly center: T;
  readonly radius: T;
  readonly below: T;
  readonly above: T;
}

/**
 * The part of an input set that makes it a ball; at most one key. The norm is a key, so that programs know it while they
 * are traced.
 */
export interface BallKeys<T> {
  readonly l1?: BallParts<T>;
  readonly l2?: BallParts<T>;
}

/** A traced ball {center + radius∘u : ‖u‖ₚ ≤ 1}, parts [1|B|R, …shape]. */
export interface Ball {
  readonly norm: BallNorm;
  readonly center: Tensor;
  readonly radius: Tensor;
}

/** A traced ball within its box. */
export interface ClippedBall extends Ball, BallParts<Tensor> {}

/** The ball of an input set; undefined where the set is a box. */
export function ballOf<T>({ l1, l2 }: BallKeys<T>): (BallParts<T> & { readonly norm: BallNorm }) | undefined {
  if (l2) return { ...l2, norm: 2 };
  return l1 && { ...l1, norm: 1 };
}

export const normOf = (set: BallKeys<unknown>): Norm => (set.l2 ? 2 : set.l1 ? 1 : 'inf');

/** Parts under their norm's key. */
export const ballKeys = <T>(norm: BallNorm, parts: BallParts<T>): BallKeys<T> =>
  norm === 2 ? { l2: parts } : { l1: parts };

/** Each part through a function. */
export function mapBall<T, U>(keys: BallKeys<T>, f: (part: T) => U): BallKeys<U> {
  const ball = ballOf(keys);
  if (!ball) return {};
  const { norm, center, radius, below, above } = ball;
  return ballKeys(norm, { center: f(center), radius: f(radius), below: f(below), above: f(above) });
}

/** ‖(x − center)/radius‖ₚ in f64: at most 1 within the ball. */
export function ballNorm(
  norm: BallNorm,
  x: ArrayLike<number>,
  center: ArrayLike<number>,
  radius: ArrayLike<number>,
): number {
  let total = 0;
  for (let i = 0; i < x.length; i++) {
    const u = (x[i] - center[i]) / radius[i];
    total += norm === 1 ? Math.abs(u) : u * u;
  }
  return norm === 1 ? total : Math.sqrt(total);
}

/** Covers the roundings of f64 sums of as many terms as networks have inputs. */
const slack64 = 2 ** -30;

/**
 * f32 numbers of a ball that covers {center + radius∘u : ‖u‖ₚ ≤ 1} ∩ [lower, upper]. With ĉ the rounded centre,
 * ‖(c − ĉ + r∘u)/r̂‖ ≤ (‖(c − ĉ)/r‖ + 1)·max(r/r̂) ≤ 1 for r̂ = r·(1 + ‖(c − ĉ)/r‖), rounded up.
 * @throws RangeError where a radius is not above 0
 */
export function coverBall(
  norm: BallNorm,
  center: ArrayLike<number>,
  radius: ArrayLike<number>,
  lower: ArrayLike<number>,
  upper: ArrayLike<number>,
): BallParts<Float32Array> {
  const bad = Array.from(radius).findIndex((r) => !(r > 0) || !Number.isFinite(r));
  if (bad >= 0) throw new RangeError(`input ${bad}: the ball's radius ${radius[bad]} is not above 0`);
  const near = Float32Array.from(center);
  const widening = (1 + ballNorm(norm, near, center, radius)) * (1 + slack64);
  // Radii in the range of denormal numbers, which may be flushed to 0, are rounded up out of it.
  const wide = Float32Array.from(radius, (r) => Math.max(roundUp(r * widening), 2 ** -126));
  const room = (i: number, end: number): number => {
    const distance =
      Math.abs(near[i] - end) + (near[i] === end ? 0 : (Math.abs(near[i]) + Math.abs(end)) * 2 ** -52);
    return Math.min(wide[i], roundUp(distance));
  };
  return {
    center: near,
    radius: wide,
    below: near.map((c, i) => (lower[i] < c ? room(i, lower[i]) : 0)),
    above: near.map((c, i) => (upper[i] > c ? room(i, upper[i]) : 0)),
  };
}
