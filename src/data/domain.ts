/** @file What inputs may be: the range of valid values, and how far each element moves for a radius of 1. */

/** A list holds one number for all elements, one a channel, or one a feature. */
export interface InputDomain {
  /** Least valid value; absent: there is none. */
  readonly lower?: readonly number[] | undefined;
  /** Largest valid value; absent: there is none. */
  readonly upper?: readonly number[] | undefined;
  /** Radius of an element where ε is 1; 0: it is held fixed. */
  readonly radii: readonly number[];
}

/** Raw pixels 0..1 that all move by ε. */
export const pixelDomain: InputDomain = { lower: [0], upper: [1], radii: [1] };

/** Whether every element moves by ε itself. */
export const movesAlike = ({ radii }: InputDomain): boolean => radii.every((radius) => radius === 1);

/** The number of a list that an element has. @param size elements of the input, the first axis being the list's */
export const valueAt = (list: readonly number[], element: number, size: number): number =>
  list[Math.floor((element * list.length) / size)];

/** An input that lies outside of the valid range: its element and value. */
export function outsideOf(
  { lower, upper }: InputDomain,
  values: ArrayLike<number>,
): { readonly element: number; readonly value: number; readonly range: string } | undefined {
  const size = values.length;
  for (let i = 0; i < size; i++) {
    const low = lower ? valueAt(lower, i, size) : -Infinity;
    const high = upper ? valueAt(upper, i, size) : Infinity;
    if (!(values[i] >= low && values[i] <= high) || !Number.isFinite(values[i]))
      return { element: i, value: values[i], range: rangeText(low, high) };
  }
  return undefined;
}

/** `0..1`, `from 0 on`, `up to 1`, `any finite number`. */
export function rangeText(low: number, high: number): string {
  if (low === -Infinity) return high === Infinity ? 'any finite number' : `up to ${high}`;
  return high === Infinity ? `from ${low} on` : `${low}..${high}`;
}
