/** @file Bounds of inputs as they are gathered: the tightest on each side, by the numbers as they are written. */
import type { Atom } from './atom.ts';
import { compareFractions, fractionOf, fractionOfNumber, nearest, quotient, type Exact } from './exact.ts';
import type { InputBox } from './property.ts';

/** An end that may not be its f64 number itself, or that is left out. */
interface WrittenEnd {
  readonly at: Exact;
  /** By a strict comparison. */
  readonly strict: boolean;
  /** Whether the f64 number nearest to the end lies outside: by a strict comparison, or by rounding. */
  readonly open: boolean;
}

/** Bounds while they are gathered; infinite where there is none yet. `written` holds ends other than f64 numbers. */
export interface Bounds {
  readonly lower: Float64Array;
  readonly upper: Float64Array;
  readonly writtenLower: Map<number, WrittenEnd>;
  readonly writtenUpper: Map<number, WrittenEnd>;
}

/** No bound on any input. */
export const noBounds = (inputs: number): Bounds => ({
  lower: new Float64Array(inputs).fill(-Infinity),
  upper: new Float64Array(inputs).fill(Infinity),
  writtenLower: new Map(),
  writtenUpper: new Map(),
});

export const copyOf = ({ lower, upper, writtenLower, writtenUpper }: Bounds): Bounds => ({
  lower: lower.slice(),
  upper: upper.slice(),
  writtenLower: new Map(writtenLower),
  writtenUpper: new Map(writtenUpper),
});

/** bound/coefficient: the f64 number nearest to it, and what it is beside that number. */
function endOf({ terms, bound, strict }: Atom): {
  index: number;
  upper: boolean;
  value: number;
  written: WrittenEnd | undefined;
} {
  const [[index, coefficient]] = terms;
  const upper = nearest(coefficient) > 0;
  const at = quotient(bound, coefficient) ?? nearest(bound) / nearest(coefficient);
  // The sum makes 0 of −0.
  const value = nearest(at) + 0;
  if (typeof at === 'number')
    return { index, upper, value, written: strict ? { at, strict, open: true } : undefined };
  // Networks take f32 numbers: other f64 numbers beyond the end by a rounding make no difference to the box.
  const beyond = Math.fround(value) === value ? compareFractions(fractionOfNumber(value), at.fraction()) : 0;
  return { index, upper, value, written: { at, strict, open: strict || (upper ? beyond > 0 : beyond < 0) } };
}

/** Sign of a − b of two ends with the same nearest f64 number. */
const compareEnds = (a: WrittenEnd | undefined, b: WrittenEnd | undefined, value: number): number =>
  compareFractions(fractionOf(a?.at ?? value), fractionOf(b?.at ?? value));

/** Tightens one side by `coefficient·x <= bound`. @param atom of one input */
export function tighten(bounds: Bounds, atom: Atom): void {
  const { index, upper, value, written } = endOf(atom);
  const [ends, all] = upper ? [bounds.upper, bounds.writtenUpper] : [bounds.lower, bounds.writtenLower];
  const inwards = upper ? ends[index] - value : value - ends[index];
  if (inwards < 0) return;
  if (inwards === 0) {
    const known = all.get(index);
    const further = compareEnds(written, known, value) * (upper ? -1 : 1);
    if (further < 0 || (further === 0 && (known?.strict ?? false))) return;
  }
  ends[index] = value;
  if (written === undefined) all.delete(index);
  else all.set(index, written);
}

/** The first input whose bounds, as they are written, exclude each other; undefined where the box holds a point. */
export function contradiction({ lower, upper, writtenLower, writtenUpper }: Bounds): number | undefined {
  for (let index = 0; index < lower.length; index++) {
    if (lower[index] > upper[index]) return index;
    if (lower[index] < upper[index]) continue;
    const [low, high] = [writtenLower.get(index), writtenUpper.get(index)];
    const order = compareEnds(low, high, lower[index]);
    if (order > 0 || (order === 0 && (low?.strict || high?.strict))) return index;
  }
  return undefined;
}

/**
 * The box. A side whose ends round to one f32 number that is neither (a decimal that stands for an f32 number, written
 * with 17 digits) is that number: networks take f32 inputs, and no other can be meant.
 */
export function boxOf({ lower, upper, writtenLower, writtenUpper }: Bounds): InputBox {
  const open = (ends: ReadonlyMap<number, WrittenEnd>): Set<number> =>
    new Set(
      [...ends].filter(([index, end]) => end.open && lower[index] < upper[index]).map(([index]) => index),
    );
  return { lower, upper, openLower: open(writtenLower), openUpper: open(writtenUpper) };
}
