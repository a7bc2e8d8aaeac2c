/** @file Fresh parameters: PyTorch's default initialisation. */
import type { Rng } from '../data/rng.ts';
import type { Network } from './network.ts';
import { parameterSpecs } from './parameters.ts';

/**
 * Weights and biases of conv2d and linear uniform in ±1/√fan_in (kaiming_uniform with a = √5), batch norm
 * γ 1, β 0, running mean 0, running variance 1.
 * @param rng each parameter draws from its own fork `initialize/<key>`, so other layers do not matter
 */
export function initialize(network: Network, rng: Rng): Record<string, Float32Array> {
  return Object.fromEntries(
    parameterSpecs(network).map(({ key, shape, initial }) => {
      const values = new Float32Array(shape.reduce((n, d) => n * d, 1));
      if (typeof initial === 'number') values.fill(initial);
      else rng.fork(`initialize/${key}`).fillUniform(values, -initial.uniform, initial.uniform);
      return [key, values];
    }),
  );
}
