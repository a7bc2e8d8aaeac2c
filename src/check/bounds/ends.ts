/** @file A set of inputs in a format. */
import type { InputSet } from '../property/property.ts';
import { above } from './arithmetic.ts';
import type { Machine } from './frame.ts';

/**
 * The set with the numbers that its own are in the format: ends are rounded outward to single precision's or coarser
 * numbers, and 0 where they may vanish; the radius of a ball is greater by the norm of the way that any of them goes.
 */
export function setIn(set: InputSet, format: Machine['format']): InputSet {
  if (!format) return set;
  const end = (x: number, side: 1 | -1): number => {
    const moved = x + side * (Math.abs(x) * 2 * format.roundoff + format.subnormal);
    const near = format.roundoff === 2 ** -24 && Math.fround(x) === x ? x : moved;
    return side * near < 0 && Math.abs(near) < format.least ? 0 : near;
  };
  const [lower, upper] = [set.lower.map((x) => end(x, -1)), set.upper.map((x) => end(x, 1))];
  if (!set.ball) return { ...set, lower, upper };
  const ways = lower.map((l, i) => Math.max(-l, upper[i]) * 2 * format.roundoff + format.least);
  const way =
    set.ball.norm === 'l1'
      ? ways.reduce((sum, w) => sum + w, 0)
      : Math.sqrt(ways.reduce((sum, w) => sum + w * w, 0));
  return {
    ...set,
    lower,
    upper,
    ball: { ...set.ball, radius: above(set.ball.radius + way * (1 + 2 ** -20)) },
  };
}
