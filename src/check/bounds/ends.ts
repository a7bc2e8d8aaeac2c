/** @file The ends of a set in a format. */
import type { InputSet } from '../property/property.ts';
import type { Machine } from './frame.ts';

/** Ends that hold in the format: rounded outward to single precision's or coarser numbers, and 0 where they may vanish. */
export function endsIn(set: InputSet, format: Machine['format']): [Float64Array, Float64Array] {
  if (!format) return [set.lower.slice(), set.upper.slice()];
  const end = (x: number, side: 1 | -1): number => {
    const moved = x + side * (Math.abs(x) * 2 * format.roundoff + format.subnormal);
    const near = format.roundoff === 2 ** -24 && Math.fround(x) === x ? x : moved;
    return side * near < 0 && Math.abs(near) < format.least ? 0 : near;
  };
  return [set.lower.map((x) => end(x, -1)), set.upper.map((x) => end(x, 1))];
}
