/** @file Rounding to f32 upwards and downwards. */

const single = new Float32Array(1);
const bits = new Int32Array(single.buffer);

/** The least f32 number that is at least x; beyond f32's range ±Infinity. */
export function roundUp(x: number): number {
  single[0] = x;
  if (!(single[0] < x)) return single[0];
  if (single[0] === 0) bits[0] = 1;
  else bits[0] += single[0] > 0 ? 1 : -1;
  return single[0];
}

/** The greatest f32 number that is at most x. */
export const roundDown = (x: number): number => -roundUp(-x);
