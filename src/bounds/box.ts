/** @file An input box on the host, as the programs take it. */

/** l∞ box as f32 centre and radius, rounded so that [centre − radius, centre + radius] ⊇ [lower, upper]. */
export interface Box {
  readonly center: Float32Array;
  readonly radius: Float32Array;
}

/** Neighbouring f32 away from zero or towards +∞ for nonnegative x. */
function roundUp(x: number): number {
  const near = Math.fround(x);
  return near >= x ? near : Math.fround(near + Math.max(Math.abs(near) * 2 ** -23, 2 ** -149));
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
    radius[i] = roundUp(Math.max(u - center[i], center[i] - l));
  }
  return { center, radius };
}
