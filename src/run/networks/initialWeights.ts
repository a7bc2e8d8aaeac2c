/** @file The weights that a run starts from, where they are not drawn: `init` of its configuration. */
import { UserError } from '../../formats/userError.ts';
import type { Masks } from '../../nn/masks.ts';
import type { Network } from '../../nn/network.ts';
import { extractMasks, intersection, prunableKeys } from '../../prune/masks.ts';
import { weightsFor } from './weightsFor.ts';
import { weightsRecord, type WeightsRecord } from './weightsRecord.ts';

/** Weights, and what of them is pruned for good. */
export interface InitialWeights {
  readonly numbers: Readonly<Record<string, Float32Array>>;
  /** By parameter; those that keep everything are left out. */
  readonly masks: Masks;
}

/**
 * @param keepZeros weights of convolutions and linear layers that are 0 count as pruned
 * @throws UserError where the file has changed since the run began, or holds other weights than the network's
 */
export function readInitialWeights(
  record: WeightsRecord,
  network: Network,
  keepZeros: boolean,
): InitialWeights {
  const { file, sha256 } = record;
  if (weightsRecord(file).sha256 !== sha256)
    throw new UserError(
      `The weights ${file} have changed since the run began (init). Put the file back as it was, or begin another run: name=NAME.`,
    );
  const { numbers, masks } = weightsFor(file, network);
  const zeros = keepZeros ? extractMasks(numbers, prunableKeys(network, { linear: true })) : {};
  const all = Object.entries(intersection(masks, zeros)).filter(([, mask]) => mask.includes(0));
  return { numbers, masks: Object.fromEntries(all) };
}
