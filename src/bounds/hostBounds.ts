/** @file Bounds as numbers on the host. */
import { roundDown, roundUp } from './roundUp.ts';

/** Elementwise bounds, row-major; sound as they stand (rounding already taken off). */
export interface HostInterval {
  readonly lower: Float32Array;
  readonly upper: Float32Array;
}

/** Bounds of what nonlinear layers read, by their names. */
export type HostBounds = Readonly<Record<string, HostInterval>>;

/** The tighter of two in place, in f32 outward: `into` becomes the intersection. Ends that are NaN say nothing. */
export function meet(into: HostInterval, position: number, lower: number, upper: number): void {
  const [low, high] = [roundDown(lower), roundUp(upper)];
  if (low > into.lower[position]) into.lower[position] = low;
  if (high < into.upper[position]) into.upper[position] = high;
}

/** Positions with l < 0 < u. */
export function unstableNeurons({ lower, upper }: HostInterval): number[] {
  const found: number[] = [];
  for (let i = 0; i < lower.length; i++) if (lower[i] < 0 && upper[i] > 0) found.push(i);
  return found;
}
