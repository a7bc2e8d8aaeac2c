/** @file The normalisation as a network's first layer: put before it, or taken off. */
import type { Normalization } from '../data/normalization.ts';
import { UserError } from '../formats/userError.ts';
import { isNormalize } from './layers/normalize.ts';
import type { Layer, Network } from './network.ts';
import { layerShapes } from './shapes.ts';

const reading = (layers: readonly Layer[], from: string, to: string): Layer[] =>
  layers.map((layer) => ({ ...layer, inputs: layer.inputs.map((name) => (name === from ? to : name)) }));

/** @throws UserError where the network begins with one, or has other channels */
export function withNormalization(network: Network, { mean, std }: Normalization): Network {
  if (network.layers.some(isNormalize))
    throw new UserError('The network normalises its input already: leave out --mean and --std.');
  const name = 'normalize';
  const channels = network.inputShape[0];
  const over = (values: readonly number[]): number[] =>
    Array.from({ length: channels }, (_, i) => values[values.length === 1 ? 0 : i]);
  for (const values of [mean, std])
    if (values.length !== 1 && values.length !== channels)
      throw new UserError(
        `A normalisation of ${values.length} numbers for a network whose input has ${channels} channels.`,
      );
  const first = { kind: 'normalize', name, inputs: ['input'], mean: over(mean), std: over(std) } as const;
  const normalized = { ...network, layers: [first, ...reading(network.layers, 'input', name)] };
  layerShapes(normalized);
  return normalized;
}

/** The network for values that are normalised already. */
export function withoutNormalization(network: Network): Network {
  const [first, ...others] = network.layers;
  return isNormalize(first) ? { ...network, layers: reading(others, first.name, 'input') } : network;
}
