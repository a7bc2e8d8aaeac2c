/** @file What members are checked on: a small network with batch norms, and images that are noise. */
import { bendsAtZero } from '../../../nn/layers/rules.ts';
import type { Dataset } from '../../../data/dataset.ts';
import { createRng } from '../../../data/rng.ts';
import { initialize } from '../../../nn/initialize.ts';
import type { Network } from '../../../nn/network.ts';
import { convThenLinear } from '../../../nn/zoo/model.ts';

export const checkClasses = 3;
const shape: [number, number, number] = [1, 6, 6];
const normalization = { mean: [0.5], std: [0.25] };

export const checkNetwork: Network = convThenLinear(
  'check',
  [
    { channels: 4, kernel: 3, padding: 1 },
    { channels: 5, kernel: 3, stride: 2, padding: 1 },
  ],
  [6],
)({ classes: checkClasses, inputShape: shape, bn: true, normalization });

/** The same with tanh for ReLU: where an attack stops depends on signs, which a smooth network keeps under small steps. */
export const smoothNetwork: Network = {
  ...checkNetwork,
  layers: checkNetwork.layers.map((l) =>
    bendsAtZero(l) ? { kind: 'tanh', name: l.name, inputs: l.inputs } : l,
  ),
};

/** First weights of the network. */
export const checkNumbers = (): Record<string, Float32Array> =>
  initialize(checkNetwork, createRng('plugin check'));

/** Seeded noise, labels in turn. */
export function checkImages(count: number): Dataset {
  const size = shape[0] * shape[1] * shape[2];
  const rng = createRng('plugin images');
  return {
    name: 'noise',
    images: Uint8Array.from({ length: count * size }, () => rng.integer(256)),
    labels: Uint8Array.from({ length: count }, (_, i) => i % checkClasses),
    shape,
    classes: checkClasses,
    classNames: ['a', 'b', 'c'],
    ...normalization,
  };
}
