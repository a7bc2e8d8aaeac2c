/** @file Mask algebra: counts, inversion, shuffling, checks. A mask is 0/1 per element, by parameter key. */
import type { Rng } from '../data/rng.ts';
import { weightOf } from '../nn/layers/rules.ts';
import type { Masks } from '../nn/masks.ts';
import type { Network } from '../nn/network.ts';
import { parameterSpecs, type Numbers } from '../nn/parameters.ts';

/** Kept and total elements. */
export interface MaskCount {
  readonly kept: number;
  readonly total: number;
}

/** Which weights may be pruned. */
export interface PrunableOptions {
  /** Weights of linear layers too; default: convolutions only. */
  readonly linear?: boolean;
}

/** A record over the keys of masks. */
export function mapMasks<T>(masks: Masks, f: (mask: Uint8Array, key: string) => T): Record<string, T> {
  return Object.fromEntries(Object.entries(masks).map(([key, mask]) => [key, f(mask, key)]));
}

/** Something of each parameter and buffer of a network: of those with a mask, and of the rest. */
export function splitByMasks<T>(
  network: Network,
  masks: Masks,
  of: (spec: ReturnType<typeof parameterSpecs>[number]) => T,
): { readonly weights: Record<string, T>; readonly rest: Record<string, T> } {
  const pick = (scored: boolean): Record<string, T> =>
    Object.fromEntries(
      parameterSpecs(network)
        .filter(({ key }) => key in masks === scored)
        .map((spec) => [spec.key, of(spec)]),
    );
  return { weights: pick(true), rest: pick(false) };
}

const keptIn = (mask: Uint8Array): number => mask.reduce((n, m) => n + m, 0);

/** Keys of the weights that may be pruned, in layer order. */
export function prunableKeys(network: Network, { linear = false }: PrunableOptions = {}): string[] {
  return network.layers
    .filter((l) => {
      const prunable = weightOf(l)?.prunable;
      return prunable === 'always' || (linear && prunable === 'asked');
    })
    .map((l) => `${l.name}.weight`);
}

/** Masks that keep everything. */
export function fullMasks(network: Network, keys: readonly string[]): Masks {
  const sizes = new Map(parameterSpecs(network).map((s) => [s.key, s.shape.reduce((n, d) => n * d, 1)]));
  return Object.fromEntries(
    keys.map((key) => {
      const size = sizes.get(key);
      if (size === undefined) throw new RangeError(`network ${network.name} has no parameter ${key}`);
      return [key, new Uint8Array(size).fill(1)];
    }),
  );
}

/** Masks as the numbers show them: 0 where a number is 0. */
export function extractMasks(numbers: Numbers, keys: readonly string[]): Masks {
  return Object.fromEntries(
    keys.map((key) => [
      key,
      Uint8Array.from({ length: numbers[key].length }, (_, i) => (numbers[key][i] === 0 ? 0 : 1)),
    ]),
  );
}

/** Masks of convolution and linear weights alone; pruned channels also mask biases and batch norms. */
export function weightMasks(network: Network, masks: Masks): Masks {
  const weights = new Set(prunableKeys(network, { linear: true }));
  return Object.fromEntries(Object.entries(masks).filter(([key]) => weights.has(key)));
}

/** What all keep; a parameter that only some mask is masked as they say. */
export const intersection = (a: Masks, b: Masks): Masks => ({
  ...b,
  ...mapMasks(a, (mask, key) => (b[key] ? mask.map((m, i) => m & b[key][i]) : mask)),
});

/** Counts by key. */
export function maskCounts(masks: Masks): Record<string, MaskCount> {
  return mapMasks(masks, (mask) => ({ kept: keptIn(mask), total: mask.length }));
}

/** Counts over all masks together. */
export function totalCount(masks: Masks): MaskCount {
  return Object.values(masks).reduce(
    (sum, mask) => ({ kept: sum.kept + keptIn(mask), total: sum.total + mask.length }),
    { kept: 0, total: 0 },
  );
}

/** Share of masked parameters that remains; 1 where there is no mask. */
export function remainRatio(masks: Masks): number {
  const { kept, total } = totalCount(masks);
  return total === 0 ? 1 : kept / total;
}

/** Keeps what was pruned and prunes what was kept. */
export function invertMasks(masks: Masks): Masks {
  return mapMasks(masks, (mask) => mask.map((m) => 1 - m));
}

/** The same number kept in every layer, at random places. @param rng its forks `shuffle/<key>` order each layer */
export function shuffleMasks(masks: Masks, rng: Rng): Masks {
  return mapMasks(masks, (mask, key) => {
    const order = rng.fork(`shuffle/${key}`).permutation(mask.length);
    return Uint8Array.from(order, (from) => mask[from]);
  });
}

/** Whether everything that `narrow` keeps is kept by `wide`: what is pruned stays pruned. */
export function isNarrower(narrow: Masks, wide: Masks): boolean {
  return Object.entries(narrow).every(([key, mask]) => mask.every((m, i) => m === 0 || wide[key]?.[i] === 1));
}

/** Key → number of pruned weights that are not zero; empty where the masks hold. */
export function brokenMasks(numbers: Numbers, masks: Masks): Record<string, number> {
  const broken: Record<string, number> = {};
  for (const [key, mask] of Object.entries(masks)) {
    const alive = mask.reduce((n, m, i) => n + (m === 0 && numbers[key][i] !== 0 ? 1 : 0), 0);
    if (alive > 0) broken[key] = alive;
  }
  return broken;
}
