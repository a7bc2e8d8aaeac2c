/** @file Bounds as numbers on the host. */

/** Elementwise bounds, row-major; sound as they stand (rounding already taken off). */
export interface HostInterval {
  readonly lower: Float32Array;
  readonly upper: Float32Array;
}

/** Pre-activation bounds by ReLU layer name. */
export type HostBounds = Readonly<Record<string, HostInterval>>;

/** The tighter of two in place: `into` becomes the intersection. */
export function meet(into: HostInterval, position: number, lower: number, upper: number): void {
  if (lower > into.lower[position]) into.lower[position] = lower;
  if (upper < into.upper[position]) into.upper[position] = upper;
}
