/** @file Dropout in a training step: which elements stay, from fed noise. */
import { isDropout, type DropoutLayer } from '../nn/layers/dropout.ts';
import type { Network } from '../nn/network.ts';
import { layerShapes } from '../nn/shapes.ts';
import { ge, indicator, type Shape, type Tensor } from '../tensor/index.ts';

const dropouts = (network: Network): DropoutLayer[] =>
  network.layers.filter((l): l is DropoutLayer => isDropout(l) && l.rate > 0);

const noiseName = (layer: DropoutLayer): string => `dropout/${layer.name}`;

/** Noise for every dropout layer: name → shape. */
export function dropoutNoise(network: Network, batchSize: number): Record<string, Shape> {
  const shapes = layerShapes(network);
  return Object.fromEntries(
    dropouts(network).map((l) => [noiseName(l), [batchSize, ...shapes.get(l.inputs[0])!]]),
  );
}

/** Dropout layer → 0/1: uniform noise in −1..1 falls below 2·rate − 1 with probability `rate`. */
export function keepMasksFrom(
  network: Network,
  noise: Readonly<Record<string, Tensor>>,
): Record<string, Tensor> {
  return Object.fromEntries(
    dropouts(network).map((l) => [l.name, indicator(ge(noise[noiseName(l)], 2 * l.rate - 1))]),
  );
}
