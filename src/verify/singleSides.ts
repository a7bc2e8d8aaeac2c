/** @file Sides of a box that hold no f32 number, and the number that stands for them. */
import type { Specification } from './specification.ts';

const single = new Float32Array(1);
const bits = new Int32Array(single.buffer);

/** The next f32 number above a finite f32 number; +0 follows −0. */
export function nextSingle(x: number): number {
  single[0] = x;
  if (x === 0) bits[0] = 1;
  else bits[0] += x > 0 ? 1 : -1;
  return single[0];
}

/** The f32 number in [low, high] nearest to x; where the interval holds none, the nearest to x clamped into it. */
export function roundInto(x: number, low: number, high: number): number {
  const inside = Math.min(Math.max(x, low), high);
  const value = Math.fround(inside);
  if (value >= low && value <= high) return value;
  const other = value < low ? nextSingle(value) : -nextSingle(-value);
  return other >= low && other <= high ? other : value;
}

/**
 * The specification with every side of its box that holds no f32 number (both ends between two neighbours, as 0.1 to
 * 0.1) extended to the f32 number nearest to its middle, less than one unit in the last place away. Networks take f32
 * inputs: no other input can be meant, and readers that store the box in f32 make it that one. Counterexamples may then
 * lie there, and proofs cover it besides the side itself, so that both are about one question.
 */
export function withSingleSides<S extends Pick<Specification, 'lower' | 'upper'>>(spec: S): S {
  const { lower, upper } = spec;
  const widened = { lower: lower.slice(), upper: upper.slice() };
  let changed = false;
  lower.forEach((low, i) => {
    const middle = low + (upper[i] - low) / 2;
    const value = roundInto(middle, low, upper[i]);
    if (value >= low && value <= upper[i]) return;
    changed = true;
    widened.lower[i] = Math.min(low, value);
    widened.upper[i] = Math.max(upper[i], value);
  });
  return changed ? { ...spec, ...widened } : spec;
}
