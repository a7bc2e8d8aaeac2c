/** @file How large a network is: parameters, multiplications, bytes. */
import type { NumberedNetwork } from '../nn/foldBatchNorm.ts';
import { macsOf } from '../nn/macs.ts';
import { parameterSpecs } from '../nn/parameters.ts';
import { sizeOf } from '../tensor/index.ts';

export interface NetworkSize {
  /** Trained parameters, zeros included. */
  readonly parameters: number;
  /** Of them, those that are not 0. */
  readonly nonzero: number;
  /** Multiply-accumulates of one image in convolutions and linear layers. */
  readonly macs: number;
  /** Parameters and buffers in single precision. */
  readonly bytes: number;
}

/** Elements that are not 0. */
function nonzero(values: ArrayLike<number>): number {
  let count = 0;
  for (let i = 0; i < values.length; i++) if (values[i] !== 0) count++;
  return count;
}

export function networkSize({ network, numbers }: NumberedNetwork): NetworkSize {
  const specs = parameterSpecs(network);
  const trained = specs.filter((s) => s.trainable);
  const count = (list: typeof specs): number => list.reduce((n, { shape }) => n + sizeOf(shape), 0);
  return {
    parameters: count(trained),
    nonzero: trained.reduce((n, { key }) => n + nonzero(numbers[key]), 0),
    macs: macsOf(network),
    bytes: 4 * count(specs),
  };
}
