/** @file rigl: sparse from the start, the smallest weights replaced by where the gradient is largest (Evci et al. 2020). */
import type { Options } from '../../family/option.ts';
import type { Masks } from '../../nn/masks.ts';
import type { Network } from '../../nn/network.ts';
import { parameterSpecs } from '../../nn/parameters.ts';
import { mapMasks, maskCounts, totalCount } from '../masks.ts';
import { removeWeightsPerLayer } from '../removeWeights.ts';
import { moments, type MaskingSchedule } from './schedule.ts';

const options = {
  ...moments,
  drop: {
    type: 'number',
    above: 0,
    below: 1,
    default: 0.3,
    key: 'prune.during.drop',
    sentence: 'Share of each layer replaced at first; it falls to 0.',
  },
} as const satisfies Options;

/**
 * Kept weights of each layer in proportion to (in + out + kh + kw)/(in·out·kh·kw) of its size (Erdős–Rényi kernel,
 * §3): small layers stay denser. They sum to exactly total − round(sparsity·total), at least one a layer.
 */
export function erdosRenyiCounts(network: Network, full: Masks, sparsity: number): Record<string, number> {
  const shapes = new Map(parameterSpecs(network).map((s) => [s.key, s.shape]));
  const layers = Object.entries(full).map(([key, { length: size }]) => {
    const shape = shapes.get(key)!;
    return { key, size, share: shape.reduce((n, d) => n + d, 0) / shape.reduce((n, d) => n * d, 1) };
  });
  const { total } = totalCount(full);
  const wanted = Math.max(layers.length, total - Math.round(sparsity * total));
  const dense = new Set<string>();
  let scale = 0;
  for (let settled = false; !settled;) {
    const open = layers.filter(({ key }) => !dense.has(key));
    const left = wanted - layers.filter(({ key }) => dense.has(key)).reduce((n, { size }) => n + size, 0);
    scale = left / open.reduce((n, { size, share }) => n + size * share, 0);
    const whole = open.filter(({ share }) => share * scale >= 1);
    for (const { key } of whole) dense.add(key);
    settled = whole.length === 0 || dense.size === layers.length;
  }
  const counts = layers.map(({ key, size, share }) =>
    dense.has(key) ? size : Math.min(size, Math.max(1, Math.floor(size * share * scale))),
  );
  let short = wanted - counts.reduce((n, v) => n + v, 0);
  const order = layers.map((_, i) => i).toSorted((a, b) => layers[b].size - layers[a].size || a - b);
  for (const i of order) {
    const change = Math.max(1 - counts[i], Math.min(layers[i].size - counts[i], short));
    counts[i] += change;
    short -= change;
  }
  return Object.fromEntries(layers.map(({ key }, i) => [key, counts[i]]));
}

/** Share of a layer's weights that is replaced: α/2·(1 + cos πp) (§3, cosine annealing). */
export const dropShare = (first: number, progress: number): number =>
  (first / 2) * (1 + Math.cos(Math.PI * progress));

/**
 * In each layer: the round(share·kept) smallest |w| go; as many come where |∂L/∂w| is largest among what was not
 * kept, with weight 0. The number kept in a layer never changes. Ties by index.
 */
export const rigl: MaskingSchedule<typeof options> = {
  name: 'rigl',
  title: 'RigL',
  sentence: 'Sparse from the start; the smallest weights are replaced by where the gradient is largest.',
  options,
  initial(network, full, sparsity, rng) {
    const counts = erdosRenyiCounts(network, full, sparsity);
    return mapMasks(full, (mask, key) => {
      const next = new Uint8Array(mask.length);
      for (const i of rng.fork(`rigl/${key}`).permutation(mask.length).subarray(0, counts[key])) next[i] = 1;
      return next;
    });
  },

  async next({ progress, masks, weights, gradients }, { drop }) {
    const kept = maskCounts(masks);
    const share = dropShare(drop, progress);
    const asked = mapMasks(masks, (_, key) => {
      const free = kept[key].total - kept[key].kept;
      return Math.min(Math.round(share * kept[key].kept), kept[key].kept - 1, free);
    });
    if (Object.values(asked).every((n) => n <= 0)) return undefined;
    const magnitudes = mapMasks(masks, (_, key) => Float64Array.from(weights[key], Math.abs));
    const survivors = removeWeightsPerLayer(magnitudes, masks, asked).masks;
    const slopes = await gradients();
    return mapMasks(survivors, (mask, key) => {
      const next = mask.slice();
      const closed = Array.from(mask.keys()).filter((i) => mask[i] === 0);
      closed.sort((a, b) => Math.abs(slopes[key][b]) - Math.abs(slopes[key][a]) || a - b);
      for (const i of closed.slice(0, asked[key])) next[i] = 1;
      return next;
    });
  },
};
