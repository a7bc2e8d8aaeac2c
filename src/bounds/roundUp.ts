/** @file Rounding to f32 upwards. */

/** The f32 next to x from above (or x itself), for nonnegative x. */
export function roundUp(x: number): number {
  const near = Math.fround(x);
  return near >= x ? near : Math.fround(near + Math.max(Math.abs(near) * 2 ** -23, 2 ** -149));
}
