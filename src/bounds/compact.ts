/** @file The unstable neurons of a root box, gathered: what the optimisation programs are fed. */
import type { ReluSite } from './boundNetwork.ts';
import type { HostBounds, HostInterval } from './hostBounds.ts';
import type { LowerSlope } from './rules/relu.ts';

/** The root-unstable neurons of one ReLU, or all of them. */
export interface CompactSite {
  readonly name: string;
  /** Number of neurons of the layer. */
  readonly size: number;
  /** Real entries; the rest up to `index.length` is padding. */
  readonly count: number;
  /** Places in the layer; padding up to the bucket size repeats place 0. All places where `full`. */
  readonly index: Int32Array;
  /** Every neuron has its entry, stable ones too: programs then need no index. */
  readonly full: boolean;
  /** Root bounds of those neurons; padding is inactive (−1, −1). */
  readonly lower: Float32Array;
  readonly upper: Float32Array;
}

/** Bucket sizes keep the number of compiled programs small: sixteenth, eighth, quarter, half, all of the layer. */
export function bucketOf(count: number, size: number): number {
  for (const share of [16, 8, 4, 2]) {
    const bucket = Math.ceil(size / share);
    if (count <= bucket) return bucket;
  }
  return size;
}

/** Positions with l < 0 < u. */
export function unstableNeurons({ lower, upper }: HostInterval): number[] {
  const found: number[] = [];
  for (let i = 0; i < lower.length; i++) if (lower[i] < 0 && upper[i] > 0) found.push(i);
  return found;
}

export function compactSites(sites: readonly ReluSite[], root: HostBounds): CompactSite[] {
  return sites.map(({ name, size }) => {
    const bounds = root[name];
    const unstable = unstableNeurons(bounds);
    const bucket = bucketOf(unstable.length, size);
    if (bucket === size) {
      const index = Int32Array.from({ length: size }, (_, i) => i);
      return { name, size, count: size, index, full: true, lower: bounds.lower, upper: bounds.upper };
    }
    const gather = (from: Float32Array): Float32Array =>
      Float32Array.from({ length: bucket }, (_, i) => (i < unstable.length ? from[unstable[i]] : -1));
    return {
      name,
      size,
      count: unstable.length,
      index: Int32Array.from({ length: bucket }, (_, i) => unstable[i] ?? 0),
      full: false,
      lower: gather(bounds.lower),
      upper: gather(bounds.upper),
    };
  });
}

/** The part of program feeds that is common to all rows of a box. */
export const sharedFeeds = ({
  full,
  index,
  lower,
  upper,
}: CompactSite): { index?: Int32Array; lower: Float32Array; upper: Float32Array } => ({
  ...(!full && { index }),
  lower,
  upper,
});

/** CROWN's lower slope of an unstable neuron l < 0 < u, by the name of the relaxation. */
const slopes: Readonly<Record<LowerSlope, (lower: number, upper: number) => number>> = {
  adaptive: (lower, upper) => (upper + lower >= 0 ? 1 : 0),
  'same-slope': (lower, upper) => upper / (upper - lower),
  'zero-lb': () => 0,
  'one-lb': () => 1,
};

/** CROWN's lower slope of each compact neuron: where optimisation starts. */
export const startingAlpha = ({ lower, upper }: CompactSite, slope: LowerSlope = 'adaptive'): Float32Array =>
  lower.map((l, i) => (l < 0 && upper[i] > 0 ? slopes[slope](l, upper[i]) : 0));

/**
 * Optimiser state at CROWN's slopes, without β.
 * @param shared one α for all rows
 */
export function initialState(
  sites: readonly CompactSite[],
  rows: number,
  { slope, shared = false }: { readonly slope?: LowerSlope | undefined; readonly shared?: boolean } = {},
) {
  const repeat = (f: (site: CompactSite) => Float32Array): Record<string, Float32Array> =>
    Object.fromEntries(
      sites.map((s) => {
        const one = f(s);
        const copies = shared ? 1 : rows;
        const all = new Float32Array(copies * one.length);
        for (let r = 0; r < copies; r++) all.set(one, r * one.length);
        return [s.name, all];
      }),
    );
  const zero = (): Record<string, Float32Array> => repeat((s) => new Float32Array(s.index.length));
  return {
    current: { alpha: repeat((site) => startingAlpha(site, slope)), beta: {} },
    first: { alpha: zero(), beta: {} },
    second: { alpha: zero(), beta: {} },
    best: { alpha: repeat((site) => startingAlpha(site, slope)), beta: {} },
    bestLower: new Float32Array(rows).fill(-3e38),
    step: Float32Array.of(0),
  };
}
