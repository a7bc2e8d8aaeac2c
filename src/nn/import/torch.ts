/** @file PyTorch weights → network with its numbers: a named architecture, or a chain read off the tensors. */
import { identityNormalization, type Normalization } from '../../data/normalization.ts';
import type { NdArray } from '../../formats/ndArray.ts';
import { namingFile } from '../../formats/readFile.ts';
import { stateDictOf } from '../../formats/stateDict.ts';
import { readTorch } from '../../formats/torchFile.ts';
import { UserError } from '../../formats/userError.ts';
import type { Shape } from '../../tensor/index.ts';
import type { NumberedNetwork } from '../foldBatchNorm.ts';
import { loadStateDict } from '../loadStateDict.ts';
import type { Network } from '../network.ts';
import { models } from '../zoo/models.ts';
import { verifierModels } from '../zoo/verifierModels.ts';
import { inferChain, type ChainChoices } from './torchChain.ts';

export interface TorchChoices extends ChainChoices {
  /** An architecture of the zoo or of α,β-CROWN's benchmarks; without it a chain is read off the tensors. */
  readonly model?: string;
  /** First layer, where the weights expect normalised pixels. */
  readonly normalization?: Normalization;
}

/** Names accepted as `model`. */
export const torchModels = (): string[] => [
  ...new Set([...Object.keys(verifierModels), ...Object.keys(models)]),
];

/** [C,H,W] of the usual data sets, by the first layer's channels or features. */
export function usualInputShape(tensors: ReadonlyMap<string, NdArray>): Shape {
  const [first] = tensors.values();
  const inner = first?.shape[1];
  if (first?.shape.length === 2) {
    if (inner === 784) return [1, 28, 28];
    return inner === 3072 ? [3, 32, 32] : [inner ?? 0];
  }
  return inner === 1 ? [1, 28, 28] : [inner ?? 0, 32, 32];
}

/** The networks that a name can mean, of which the weights choose one. */
function candidates(name: string, tensors: ReadonlyMap<string, NdArray>, choices: TorchChoices): Network[] {
  const found: Network[] = [];
  const published = Object.hasOwn(verifierModels, name) ? verifierModels[name] : undefined;
  if (published) found.push(published(choices.normalization));
  const builder = Object.hasOwn(models, name) ? models[name] : undefined;
  if (builder) {
    const inputShape = choices.inputShape ?? usualInputShape(tensors);
    const last = [...tensors.values()].findLast((t) => t.shape.length === 2);
    found.push(
      builder({
        classes: last?.shape[0] ?? 10,
        inputShape,
        bn: [...tensors.keys()].some((key) => key.endsWith('running_mean')),
        normalization: choices.normalization ?? identityNormalization(inputShape[0]),
      }),
    );
  }
  return found;
}

function requireFinite(tensors: ReadonlyMap<string, NdArray>): void {
  for (const [name, { data }] of tensors) {
    if (data instanceof BigInt64Array) continue;
    const bad = data.findIndex((v) => !Number.isFinite(v));
    if (bad >= 0)
      throw new UserError(
        `Tensor '${name}' holds ${data[bad]} (element ${bad}); weights must be finite numbers.`,
      );
  }
}

/**
 * Weights matched to an architecture by order and shape; see {@link loadStateDict}.
 * @throws UserError where the name is unknown or a tensor does not fit
 */
export function networkFromStateDict(
  tensors: ReadonlyMap<string, NdArray>,
  choices: TorchChoices = {},
): NumberedNetwork {
  requireFinite(tensors);
  const { model } = choices;
  const networks =
    model === undefined
      ? [inferChain(tensors, { inputShape: usualInputShape(tensors), ...choices }, choices.normalization)]
      : candidates(model, tensors, choices);
  if (networks.length === 0)
    throw new UserError(`There is no architecture '${model}'. Choose one of: ${torchModels().join(', ')}.`);
  let fault: unknown;
  for (const network of networks)
    try {
      return { network, numbers: loadStateDict(network, tensors) };
    } catch (error) {
      fault ??= error;
    }
  throw fault;
}

/** Reads a .pth, .pt or .model file. @throws UserError naming the file and its fault */
export function readTorchNetwork(path: string, choices: TorchChoices = {}): NumberedNetwork {
  const value = readTorch(path);
  return namingFile(path, () => networkFromStateDict(stateDictOf(value), choices));
}
