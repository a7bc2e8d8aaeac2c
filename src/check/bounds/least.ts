/** @file The least of a linear function over a box, and over a box met with an l1 or l2 ball, from below. */
import type { InputSet } from '../property/property.ts';
import { gamma, outward } from './arithmetic.ts';

/** Σ min(aᵢlᵢ, aᵢuᵢ), less what the sum may err. */
export function leastOfBox(a: Float64Array, lower: ArrayLike<number>, upper: ArrayLike<number>): number {
  let [sum, size] = [0, 0];
  for (let i = 0; i < a.length; i++) {
    const term = a[i] > 0 ? a[i] * lower[i] : a[i] * upper[i];
    sum += term;
    size += Math.abs(term);
  }
  return sum - gamma(a.length + 2) * size * outward;
}

/**
 * For any λ ≥ 0, min a·x over the box and the ball is at least the sum over i of min over [lᵢ, uᵢ] of aᵢx + λ·g(x − cᵢ), less
 * λ·g(radius), with g = |·| for l1 and (·)² for l2 (Lagrange). λ is found by bisection (of its exponent) and needs no proof. Where d is the
 * unconstrained minimizer, each summand is least at d clamped to the interval; d is rounded, by which an l2 summand, flat
 * there, errs in the second order only, below the slack of eight roundings.
 */
export function leastOfBall(
  a: Float64Array,
  lower: ArrayLike<number>,
  upper: ArrayLike<number>,
  { norm, center, radius }: NonNullable<InputSet['ball']>,
): number {
  /** The dual bound at λ, and whether its minimizer lies outside of the ball. */
  const dual = (lambda: number): { bound: number; outside: boolean } => {
    let [sum, size, length] = [0, 0, 0];
    for (let i = 0; i < a.length; i++) {
      const [least, most] = [lower[i] - center[i], upper[i] - center[i]];
      const free = norm === 'l2' ? -a[i] / (2 * lambda) : Math.abs(a[i]) <= lambda ? 0 : -a[i] * Infinity;
      const d = Math.min(Math.max(Number.isNaN(free) ? 0 : free, least), most);
      const price = norm === 'l2' ? d * d : Math.abs(d);
      sum += a[i] * (center[i] + d) + lambda * price;
      size += Math.abs(a[i]) * (Math.abs(center[i]) + Math.abs(d)) + lambda * price;
      length += price;
    }
    const all = norm === 'l2' ? radius * radius : radius;
    const bound = sum - lambda * all - gamma(a.length + 8) * (size + lambda * all) * outward;
    return { bound, outside: length > all };
  };
  const scale = a.reduce((most, n) => Math.max(most, Math.abs(n)), 2 ** -500);
  let best = leastOfBox(a, lower, upper);
  let [low, high] = [scale * 2 ** -60, scale * 2 ** 20];
  for (let step = 0; step < 50; step++) {
    const lambda = Math.sqrt(low * high);
    const { bound, outside } = dual(lambda);
    if (bound > best) best = bound;
    if (outside) low = lambda;
    else high = lambda;
  }
  return best;
}
