/** @file How the weights left in a layer are distributed: counts in bins of equal width. */
import type { Masks } from '../nn/masks.ts';
import type { Network } from '../nn/network.ts';
import type { Numbers } from '../nn/parameters.ts';
import { prunableKeys } from './masks.ts';

export interface WeightHistogram {
  /** The layer's name. */
  readonly name: string;
  /** The bins divide −limit … limit evenly: the largest |w|, rounded up to two digits; 1 where nothing is left. */
  readonly limit: number;
  /** Weights in each bin, lower edge included; pruned ones are not counted. */
  readonly counts: readonly number[];
}

/** About √size, and odd, so that the smallest weights share one bin; the same for all states of a layer. */
const binsFor = (size: number): number => Math.min(41, Math.max(9, Math.round(Math.sqrt(size)))) | 1;

/** The next number with two significant digits. */
function roundedUp(value: number): number {
  if (value === 0) return 1;
  const unit = 10 ** (Math.floor(Math.log10(value)) - 1);
  return Number((Math.ceil(value / unit - 1e-9) * unit).toPrecision(2));
}

/** One histogram for each convolution and linear layer, in layer order. @param masks layers without one are whole */
export function weightHistograms(network: Network, numbers: Numbers, masks: Masks): WeightHistogram[] {
  return prunableKeys(network, { linear: true }).map((key) => {
    const mask = masks[key] as Uint8Array | undefined;
    const kept = Array.from(numbers[key]).filter((_, i) => mask === undefined || mask[i] === 1);
    const limit = roundedUp(kept.reduce((most, w) => Math.max(most, Math.abs(w)), 0));
    const bins = binsFor(numbers[key].length);
    const counts = new Array<number>(bins).fill(0);
    for (const w of kept) counts[Math.min(bins - 1, Math.floor(((w + limit) / (2 * limit)) * bins))]++;
    return { name: key.slice(0, -'.weight'.length), limit, counts };
  });
}
