/** @file The open neurons of a root box, gathered: what the optimisation programs are fed. */
import type { LayerKind } from '../nn/network.ts';
import type { Site } from './boundNetwork.ts';
import type { HostBounds, HostInterval } from './hostBounds.ts';
import type { LowerSlope } from './nonlinear/lowerSlope.ts';
import type { Elementwise } from './nonlinear/member.ts';
import { memberOf } from './nonlinear/table.ts';

/** The neurons of one site that are open at the root, or all of them. */
export interface CompactSite {
  readonly name: string;
  readonly member: Elementwise<LayerKind>;
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

/** Positions of what a site reads whose bounds are worth more work. */
export const openNeurons = ({ layer, shape }: Site, bounds: HostInterval): number[] =>
  memberOf(layer).open(bounds, layer, shape);

/** The sites whose neurons have lines of their own, in the order of the network. */
export const elementwiseSites = (
  sites: readonly Site[],
): (Site & { readonly member: Elementwise<LayerKind> })[] =>
  sites.flatMap((site) => {
    const member = memberOf(site.layer).elementwise;
    return member ? [{ ...site, member }] : [];
  });

export function compactSites(sites: readonly Site[], root: HostBounds): CompactSite[] {
  return elementwiseSites(sites).map((site) => {
    const { name, size, member } = site;
    const bounds = root[name];
    const open = openNeurons(site, bounds);
    const bucket = member.gathered ? bucketOf(open.length, size) : size;
    if (bucket === size) {
      const index = Int32Array.from({ length: size }, (_, i) => i);
      const { lower, upper } = bounds;
      return { name, member, size, count: size, index, full: true, lower, upper };
    }
    const gather = (from: Float32Array): Float32Array =>
      Float32Array.from({ length: bucket }, (_, i) => (i < open.length ? from[open[i]] : -1));
    return {
      name,
      member,
      size,
      count: open.length,
      index: Int32Array.from({ length: bucket }, (_, i) => open[i] ?? 0),
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

/** Variables of each compact neuron where optimisation starts: CROWN's lines. */
export const startingAlpha = (site: CompactSite, slope: LowerSlope = 'adaptive'): Float32Array =>
  site.member.start(site, slope);

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
  const zero = (): Record<string, Float32Array> =>
    repeat(({ index, member }) => new Float32Array(member.variables * index.length));
  return {
    current: { alpha: repeat((site) => startingAlpha(site, slope)), beta: {} },
    first: { alpha: zero(), beta: {} },
    second: { alpha: zero(), beta: {} },
    best: { alpha: repeat((site) => startingAlpha(site, slope)), beta: {} },
    bestLower: new Float32Array(rows).fill(-3e38),
    step: Float32Array.of(0),
  };
}
