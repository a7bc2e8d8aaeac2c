/** @file The initialisation that keeps interval bounds stable over the layers (Shi et al. 2021, §4.1). */
import type { Rng } from '../data/rng.ts';
import { outputName } from '../nn/graphEdits.ts';
import { initialize } from '../nn/initialize.ts';
import { weightOf } from '../nn/layers/rules.ts';
import { weightsPerOutput } from '../nn/layers/weights.ts';
import type { Network } from '../nn/network.ts';

/**
 * Weights normal with standard deviation √(2π)/fan_in, for which interval widths keep
 * their mean; the last layer, biases and batch norm as `initialize` has them.
 * @param rng each weight draws from its own fork `fastIbp/<key>`
 */
export function fastIbpInitialize(network: Network, rng: Rng): Record<string, Float32Array> {
  const numbers = initialize(network, rng);
  for (const layer of network.layers) {
    const layout = weightOf(layer);
    if (!layout || layer.name === outputName(network)) continue;
    const key = `${layer.name}.weight`;
    rng.fork(`fastIbp/${key}`).fillNormal(numbers[key], 0, Math.sqrt(2 * Math.PI) / weightsPerOutput(layout));
  }
  return numbers;
}
