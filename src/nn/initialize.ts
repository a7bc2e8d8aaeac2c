/** @file Fresh parameters: PyTorch's initialisation. */
import type { Rng } from '../data/rng.ts';
import { sizeOf } from '../tensor/index.ts';
import { initializers, type Initializer } from './initializers.ts';
import type { Initial } from './layers/definition.ts';
import { ruleOf } from './layers/rules.ts';
import type { Network } from './network.ts';
import { parameterSpecs, type ParameterSpec } from './parameters.ts';

/** A parameter with the start that the network's initialiser gives it. */
export function initialSpecs(network: Network): ParameterSpec[] {
  const weighted = new Set(network.layers.filter((l) => ruleOf(l).weight).map((l) => l.name));
  const initializer: Initializer = initializers[network.initialization ?? 'default'];
  return parameterSpecs(network).map((spec) => ({
    ...spec,
    initial: (weighted.has(spec.layer) ? initializer(spec) : undefined) ?? spec.initial,
  }));
}

function draw(values: Float32Array, initial: Initial, rng: () => Rng): Float32Array {
  if (typeof initial === 'number') return values.fill(initial);
  if ('normal' in initial) return rng().fillNormal(values, 0, initial.normal);
  return rng().fillUniform(values, -initial.uniform, initial.uniform);
}

/**
 * Unless the network names another initialiser: weights and biases of conv2d and linear uniform in ±1/√fan_in
 * (kaiming_uniform with a = √5), batch norm γ 1, β 0, running mean 0, running variance 1.
 * @param rng each parameter draws from its own fork `initialize/<key>`, so other layers do not matter
 */
export function initialize(network: Network, rng: Rng): Record<string, Float32Array> {
  return Object.fromEntries(
    initialSpecs(network).map(({ key, shape, initial }) => {
      const values = new Float32Array(sizeOf(shape));
      return [key, draw(values, initial, () => rng.fork(`initialize/${key}`))];
    }),
  );
}
