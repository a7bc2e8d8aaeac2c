/** @file Intervals of tensors. */
import { add, abs, gt, indicator, maximum, mul, sub, type Tensor } from '../tensor/index.ts';

/** Elementwise lower ≤ value ≤ upper; both [B,…]. */
export interface Interval {
  readonly lower: Tensor;
  readonly upper: Tensor;
}

/** Midpoint and half width. */
export function centerRadius({ lower, upper }: Interval): { center: Tensor; radius: Tensor } {
  return { center: mul(add(lower, upper), 0.5), radius: mul(sub(upper, lower), 0.5) };
}

export const fromCenter = (center: Tensor, radius: Tensor): Interval => ({
  lower: sub(center, radius),
  upper: add(center, radius),
});

/** The same, ends that f32 rounds moved outward; those of no width are exact. */
export function outwardFromCenter(center: Tensor, radius: Tensor): Interval {
  const pad = mul(mul(add(abs(center), radius), indicator(gt(radius, 0))), 2 ** -23);
  return fromCenter(center, add(radius, pad));
}

/** Largest absolute value in the interval. */
export const magnitude = ({ lower, upper }: Interval): Tensor => maximum(abs(lower), abs(upper));

/** Both ends through an increasing function. */
export const mapIncreasing = (f: (x: Tensor) => Tensor, { lower, upper }: Interval): Interval => ({
  lower: f(lower),
  upper: f(upper),
});
