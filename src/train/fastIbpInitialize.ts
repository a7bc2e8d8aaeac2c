/** @file The initialisation that keeps interval bounds stable over the layers (Shi et al. 2021, §4.1). */
import type { Rng } from '../data/rng.ts';
import { outputName } from '../nn/graphEdits.ts';
import { initialize } from '../nn/initialize.ts';
import type { Network } from '../nn/network.ts';
import { parameterSpecs } from '../nn/parameters.ts';

/**
 * Weights of convolutions and linear layers normal with standard deviation √(2π)/fan_in, for which interval widths keep
 * their mean; the last layer, biases and batch norm as `initialize` has them.
 * @param rng each weight draws from its own fork `fastIbp/<key>`
 */
export function fastIbpInitialize(network: Network, rng: Rng): Record<string, Float32Array> {
  const kinds = new Map(network.layers.map((l) => [l.name, l.kind]));
  const numbers = initialize(network, rng);
  for (const { key, layer, name, shape } of parameterSpecs(network)) {
    const kind = kinds.get(layer);
    if (name !== 'weight' || layer === outputName(network) || (kind !== 'conv2d' && kind !== 'linear'))
      continue;
    const fanIn = shape.slice(1).reduce((a, b) => a * b, 1);
    rng.fork(`fastIbp/${key}`).fillNormal(numbers[key], 0, Math.sqrt(2 * Math.PI) / fanIn);
  }
  return numbers;
}
