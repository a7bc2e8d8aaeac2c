/** @file Compression: pruned and dead channels removed for good, so that a dense runtime profits. */
import { dropDeadChannels } from '../nn/dropDeadChannels.ts';
import { foldBatchNorm, type NumberedNetwork } from '../nn/foldBatchNorm.ts';
import { parameterSpecs } from '../nn/parameters.ts';
import { networkSize, type NetworkSize } from '../nn/networkSize.ts';

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
