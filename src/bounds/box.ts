/** @file An input set on the host, as the programs take it: a box, or a ball within one. */
import { coverBall, ballKeys, type BallKeys, type BallNorm } from './ball.ts';
import { roundUp } from './roundUp.ts';

/**
 * Box as f32 centre and radius, rounded so that [centre − radius, centre + radius] ⊇ [lower, upper]. Where it has a
 * ball the set is the ball within that box; what only knows boxes may take the box alone, which is larger.
 */
export interface Box extends BallKeys<Float32Array> {
  readonly center: Float32Array;
  readonly radius: Float32Array;
}

/**
 * The box [lower, upper], any numbers.
 * @throws RangeError where lower > upper or an end is not finite
 */
export function boxOf(lower: ArrayLike<number>, upper: ArrayLike<number>): Box {
  const center = new Float32Array(lower.length);
  const radius = new Float32Array(lower.length);
  for (let i = 0; i < lower.length; i++) {
    const [l, u] = [lower[i], upper[i]];
    if (!(l <= u) || !Number.isFinite(l) || !Number.isFinite(u))
      throw new RangeError(`input ${i}: [${l}, ${u}] is no interval`);
    center[i] = (l + u) / 2;
    // f64 may round a difference down, by half a unit of its own last place.
    radius[i] = roundUp(Math.max(u - center[i], center[i] - l) * (1 + 2 ** -52));
  }
  return { center, radius };
}

/** A ball in f64: {center + radius∘u : ‖u‖ₚ ≤ 1}, radii above 0. */
export interface HostBall {
  readonly norm: BallNorm;
  readonly center: Float64Array;
  readonly radius: Float64Array;
}

/**
 * The ball met with [lower, upper], which holds its centre; the box of the result encloses both.
 * @throws RangeError as `boxOf` and `coverBall`
 */
export function ballIn(
  { norm, center, radius }: HostBall,
  lower: ArrayLike<number>,
  upper: ArrayLike<number>,
): Box {
  const low = center.map((c, i) => Math.max(lower[i], c - radius[i]));
  const high = center.map((c, i) => Math.min(upper[i], c + radius[i]));
  return { ...boxOf(low, high), ...ballKeys(norm, coverBall(norm, center, radius, low, high)) };
}
