/** @file A file of weights as the weights of a given network: `init` of a configuration. */
import type { NdArray } from '../../formats/ndArray.ts';
import { namingFile } from '../../formats/readFile.ts';
import { readSafetensors } from '../../formats/safetensors.ts';
import { UserError } from '../../formats/userError.ts';
import { importNetwork, isOnnx } from '../../nn/import/importNetwork.ts';
import { readTensorFile } from '../../nn/import/tensorFile.ts';
import { splitNormalization } from '../../nn/import/torchNormalization.ts';
import { isNormalize, type NormalizeLayer } from '../../nn/layers/normalize.ts';
import { matchStateDict, numbersOf } from '../../nn/loadStateDict.ts';
import type { Masks } from '../../nn/masks.ts';
import type { Network } from '../../nn/network.ts';
import { parameterSpecs } from '../../nn/parameters.ts';
import { readCheckpoint } from '../stages/checkpointFile.ts';

/** Weights by parameter, and the masks that the file holds. */
export interface Weights {
  readonly numbers: Readonly<Record<string, Float32Array>>;
  readonly masks: Masks;
}

type Normalized = Pick<NormalizeLayer, 'mean' | 'std'>;

const words = (given: Normalized | undefined): string =>
  given ? `mean ${given.mean.join(', ')} and deviation ${given.std.join(', ')}` : 'none';

/** The same weights behind another normalisation are another function. */
function requireSameNormalization(network: Network, other: Normalized | undefined): void {
  const own = network.layers.find(isNormalize);
  const near = (a: readonly number[], b: readonly number[]): boolean =>
    a.length === b.length && a.every((v, i) => Math.abs(v - b[i]) <= 1e-6 * Math.max(1, Math.abs(v)));
  if (other === undefined || (own && near(own.mean, other.mean) && near(own.std, other.std))) return;
  throw new UserError(
    `The weights belong behind another normalisation (${words(other)}) than the network of this run has (${words(own)}). ` +
      'Import the file with "certprune import FILE --as NAME" and name NAME as init: its normalisation then comes with it.',
  );
}

const isCheckpoint = (path: string): boolean =>
  path.endsWith('.safetensors') && readSafetensors(path).metadata['epoch'] !== undefined;

/** @throws UserError where the file is damaged, or its weights are not this network's */
export function weightsFor(path: string, network: Network): Weights {
  if (isCheckpoint(path)) {
    const { numbers, masks } = readCheckpoint(path, network);
    return { numbers, masks };
  }
  if (isOnnx(path)) {
    const found = importNetwork(path, { name: network.name });
    requireSameNormalization(network, found.network.layers.find(isNormalize));
    const tensors = parameterSpecs(found.network).map(({ key, shape }): [string, NdArray] => [
      key,
      { dtype: 'float32', shape, data: found.numbers[key] },
    ]);
    return { numbers: numbersOf(matchStateDict(network, new Map(tensors)).matched), masks: {} };
  }
  return namingFile(path, () => fromTensors(path, network));
}

function fromTensors(path: string, network: Network): Weights {
  const file = readTensorFile(path);
  const { tensors, normalization } = splitNormalization(file.tensors);
  requireSameNormalization(network, normalization ?? file.network?.layers.find(isNormalize));
  const { matched } = matchStateDict(network, tensors);
  const masks = matched.flatMap(({ spec, name }): [string, Uint8Array][] => {
    const mask = file.masks.get(name);
    return mask ? [[spec.key, mask]] : [];
  });
  const numbers = numbersOf(matched);
  for (const [key, values] of Object.entries(numbers)) {
    const bad = values.findIndex((v) => !Number.isFinite(v));
    if (bad >= 0)
      throw new UserError(`${key} holds ${values[bad]} (element ${bad}); weights must be finite numbers.`);
  }
  return { numbers, masks: Object.fromEntries(masks) };
}
