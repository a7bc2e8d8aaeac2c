/** @file Output channels as units of pruning: which parameters belong to one, masks per channel and back. */
import { isBatchNorm, type BatchNormLayer } from '../nn/layers/batchNorm.ts';
import { weightOf } from '../nn/layers/rules.ts';
import { hasRows } from '../nn/layers/weights.ts';
import { outputName, readersOf } from '../nn/graphEdits.ts';
import type { Masks } from '../nn/masks.ts';
import type { Layer, Network } from '../nn/network.ts';
import type { Numbers } from '../nn/parameters.ts';
import { mapMasks } from './masks.ts';

/** The layer of a weight key such as `conv1.weight`. */
export function layerOfKey(network: Network, key: string): Layer {
  const layer = network.layers.find((l) => key === `${l.name}.weight`);
  if (!layer) throw new RangeError(`network ${network.name} has no weight ${key}`);
  return layer;
}

/** Output channels of the layer of a weight key. @throws RangeError for a layer without any */
export function channelCountOf(network: Network, key: string): number {
  const layout = weightOf(layerOfKey(network, key));
  if (!layout || !hasRows(layout)) throw new RangeError(`${key} has no row of weights for each channel`);
  return layout.outputs;
}

/** The batch norm that alone reads the layer of a weight key; undefined where there is none. */
export function normOf(network: Network, key: string): BatchNormLayer | undefined {
  const readers = readersOf(network).get(layerOfKey(network, key).name)!;
  const [norm] = readers;
  return isBatchNorm(norm) && readers.length === 1 ? norm : undefined;
}

/** f(w, index) averaged over each output channel's weights, [channels]. */
export function rowMeans(
  network: Network,
  key: string,
  weights: ArrayLike<number>,
  f: (w: number, index: number) => number = (w) => w,
): Float64Array {
  const channels = channelCountOf(network, key);
  const size = weights.length / channels;
  return Float64Array.from({ length: channels }, (_, c) => {
    let total = 0;
    for (let i = c * size; i < (c + 1) * size; i++) total += f(weights[i], i);
    return total / size;
  });
}

/** Layers whose channels are logits keep them all. */
export const isOutput = (network: Network, key: string): boolean =>
  layerOfKey(network, key).name === outputName(network);

/** Masks per output channel: 1 where a weight is left. Layers that make the network's output have no entry. */
export function channelMasks(network: Network, masks: Masks): Masks {
  const inner = Object.fromEntries(Object.entries(masks).filter(([key]) => !isOutput(network, key)));
  return mapMasks(inner, (mask, key) => {
    const channels = channelCountOf(network, key);
    const size = mask.length / channels;
    return Uint8Array.from({ length: channels }, (_, c) =>
      mask.subarray(c * size, (c + 1) * size).includes(1) ? 1 : 0,
    );
  });
}

/** Parameters with one element per output channel that fall with it: own bias, batch norm's γ and β. */
export function companionKeys(network: Network, key: string, numbers: Numbers): string[] {
  const layer = layerOfKey(network, key);
  const norm = normOf(network, key);
  const found = [`${layer.name}.bias`, ...(norm ? [`${norm.name}.weight`, `${norm.name}.bias`] : [])];
  return found.filter((name) => name in numbers);
}

/**
 * The given masks without the channels that `channels` prunes: their weights, bias, γ and β go. A channel without γ
 * and β is exactly 0 behind its batch norm, so that nothing is left of it.
 */
export function narrowToChannels(network: Network, numbers: Numbers, masks: Masks, channels: Masks): Masks {
  const next: Record<string, Uint8Array> = { ...masks };
  const narrow = (key: string, alive: Uint8Array): void => {
    const mask = next[key] ?? new Uint8Array(numbers[key].length).fill(1);
    const size = mask.length / alive.length;
    next[key] = mask.map((m, i) => m & alive[Math.floor(i / size)]);
  };
  for (const [key, alive] of Object.entries(channels)) {
    narrow(key, alive);
    for (const companion of companionKeys(network, key, numbers)) narrow(companion, alive);
  }
  return next;
}
