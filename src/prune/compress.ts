/** @file Compression: pruned and dead channels removed for good, so that a dense runtime profits; how large a network is. */
import { dropDeadChannels } from '../nn/dropDeadChannels.ts';
import { foldBatchNorm, type NumberedNetwork } from '../nn/foldBatchNorm.ts';
import { parameterSpecs } from '../nn/parameters.ts';
import { macsOf } from '../nn/macs.ts';
import { sizeOf } from '../tensor/index.ts';

export interface CompressOptions {
  /** Leaves batch norms as layers of their own instead of folding them into the weights; default false. */
  readonly keepBatchNorm?: boolean;
}

/** A smaller network with the same function in evaluation mode, up to rounding. */
export interface Compressed extends NumberedNetwork {
  /** Layer → output channels removed, numbered as before. */
  readonly dropped: Readonly<Record<string, readonly number[]>>;
  readonly before: NetworkSize;
  readonly after: NetworkSize;
}

/**
 * Removes channels that pruning or training left dead, cascading through the network (`dropDeadChannels`).
 * @param given pruned weights are 0 in its numbers
 * @returns numbers in f32
 */
export function compress(
  given: NumberedNetwork,
  { keepBatchNorm = false }: CompressOptions = {},
): Compressed {
  const { network, numbers, dropped } = dropDeadChannels(keepBatchNorm ? given : foldBatchNorm(given));
  const single = Object.fromEntries(
    parameterSpecs(network).map(({ key }) => [key, new Float32Array(numbers[key])]),
  );
  const small = { network, numbers: single };
  return { ...small, dropped, before: networkSize(given), after: networkSize(small) };
}

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
