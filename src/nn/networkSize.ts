/** @file How large a network is: the one count of parameters and multiplications, over all its parameters. */
import { sizeOf } from '../tensor/index.ts';
import type { NumberedNetwork } from './foldBatchNorm.ts';
import { weightOf } from './layers/rules.ts';
import { layerMacs } from './macs.ts';
import { parameterSpecs } from './parameters.ts';
import { layerShapes } from './shapes.ts';

export interface NetworkSize {
  /** Trained parameters, zeros included. */
  readonly parameters: number;
  /** Of them, those that are not 0. */
  readonly nonzero: number;
  /** Multiply-accumulates of one image in convolutions and linear layers. */
  readonly macs: number;
  /** Of them, those with a weight that is not 0. */
  readonly nonzeroMacs: number;
  /** Parameters and buffers in single precision. */
  readonly bytes: number;
}

/** Elements that are not 0. */
function nonzero(values: ArrayLike<number>): number {
  let count = 0;
  for (let i = 0; i < values.length; i++) if (values[i] !== 0) count++;
  return count;
}

/** Exact counts; every weight of a layer is used equally often. */
export function networkSize({ network, numbers }: NumberedNetwork): NetworkSize {
  const specs = parameterSpecs(network);
  const trained = specs.filter((s) => s.trainable);
  const count = (list: typeof specs): number => list.reduce((n, { shape }) => n + sizeOf(shape), 0);
  const shapes = layerShapes(network);
  let [macs, nonzeroMacs] = [0, 0];
  for (const layer of network.layers) {
    if (!weightOf(layer)) continue;
    const own = layerMacs(layer, shapes);
    const weights = numbers[`${layer.name}.weight`];
    macs += own;
    nonzeroMacs += (own / weights.length) * nonzero(weights);
  }
  return {
    parameters: count(trained),
    nonzero: trained.reduce((n, { key }) => n + nonzero(numbers[key]), 0),
    macs,
    nonzeroMacs,
    bytes: 4 * count(specs),
  };
}
