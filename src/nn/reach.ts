/** @file What merged numbers are made of: the sums of absolute values and the roundings that their errors follow from. */
import type { Numbers } from './parameters.ts';

type Values = Float32Array | Float64Array;

/** Where a network's numbers keep, for a merged weight or bias, the sums of absolute values of the terms in it. */
export const reachKey = (layer: string, name: 'weight' | 'bias'): string => `${layer}.${name}.reach`;

/** Where they keep how often an element of a merged layer is rounded by the layers it was made of, beside its own sum. */
export const roundingsKey = (layer: string): string => `${layer}.roundings`;

/** Sum of absolute values behind each number; of numbers that were not merged their own. */
export const reachOf = (numbers: Numbers, layer: string, name: 'weight' | 'bias'): Values | undefined =>
  numbers[reachKey(layer, name)] ?? numbers[`${layer}.${name}`]?.map(Math.abs);

export const roundingsOf = (numbers: Numbers, layer: string): number =>
  numbers[roundingsKey(layer)]?.[0] ?? 0;

/** Terms may cancel to this share of themselves: an f64 sum then still has the digits of an f32 number. */
const cancellation = 2 ** -20;
const leastNormal = 2 ** -126;
const greatest = 3.4028234663852886e38;

/**
 * Whether f32 can hold merged numbers to its usual relative error: none lost its digits to cancellation, none
 * underflows or overflows. Layers are merged only then.
 * @param reach sums of absolute values
 */
export function isFaithful(values: ArrayLike<number>, reach: ArrayLike<number>): boolean {
  for (let i = 0; i < values.length; i++) {
    const size = Math.abs(values[i]);
    const terms = reach[i];
    if (terms === 0 && size === 0) continue;
    if (!(size >= leastNormal && terms <= greatest && size >= cancellation * terms)) return false;
  }
  return true;
}

/** The numbers of a merged layer with their reach, by key; undefined where f32 would not hold them. */
export function mergedNumbers(
  layer: string,
  weight: { readonly values: Values; readonly reach?: Values } | undefined,
  bias: { readonly values: Values; readonly reach: Values } | undefined,
  roundings: number,
): Record<string, Values> | undefined {
  if (weight && !isFaithful(weight.values, weight.reach ?? weight.values.map(Math.abs))) return undefined;
  if (bias && !isFaithful(bias.values, bias.reach)) return undefined;
  return {
    ...(weight && { [`${layer}.weight`]: weight.values }),
    ...(weight?.reach && { [reachKey(layer, 'weight')]: weight.reach }),
    ...(bias && { [`${layer}.bias`]: bias.values, [reachKey(layer, 'bias')]: bias.reach }),
    [roundingsKey(layer)]: Float64Array.of(roundings),
  };
}
