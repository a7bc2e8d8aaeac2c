/** @file Biases below ReLUs: what BaBSR's estimate needs. */
import type { BoundNetwork } from './boundNetwork.ts';
import type { CompactSite } from './compact.ts';

/** Bias of the affine layer that each compact neuron's ReLU reads, by site; 0 where that layer has none. */
export function constantBiases(net: BoundNetwork, sites: readonly CompactSite[]): Float32Array[] {
  return sites.map((site) => {
    const relu = net.relus.find((r) => r.name === site.name)!;
    const bias = net.values[`${relu.input}.bias`];
    if (!bias) return new Float32Array(site.index.length);
    const area = relu.size / bias.length;
    return Float32Array.from(site.index, (neuron) => bias[Math.floor(neuron / area)]);
  });
}
