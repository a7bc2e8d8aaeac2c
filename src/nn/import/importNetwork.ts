/** @file A network of somebody else's file, ready to be trained on: layers, f32 weights, masks, and what is to be known of it. */
import type { Normalization } from '../../data/normalization.ts';
import { namingFile } from '../../formats/readFile.ts';
import { UserError } from '../../formats/userError.ts';
import { sizeOf, type Shape } from '../../tensor/index.ts';
import { withNormalization } from '../firstNormalization.ts';
import { isAffine } from '../layers/affine.ts';
import { isNormalize } from '../layers/normalize.ts';
import { parametersOf, weightOf } from '../layers/rules.ts';
import type { Masks } from '../masks.ts';
import type { Network } from '../network.ts';
import { onImages } from '../notation/architecture.ts';
import { parameterSpecs, type Numbers } from '../parameters.ts';
import { outputShape } from '../shapes.ts';
import { readOnnxNetwork, type ImportedFile } from './importOnnx.ts';
import { readTensorFile } from './tensorFile.ts';
import { networkFromTensors } from './torch.ts';

/** What the person who brings a network says of it. */
export interface ImportNetworkChoices {
  /** Its name from now on. */
  readonly name: string;
  /** Of files of tensors: an architecture of the zoo, or a file or folder of layers. */
  readonly model?: string;
  readonly inputShape?: Shape;
  /** It was trained on pixels that were normalised before it: that becomes its first layer. */
  readonly normalization?: Normalization;
}

export interface FoundNetwork {
  readonly network: Network;
  readonly numbers: Readonly<Record<string, Float32Array>>;
  /** Masks that the file holds. */
  readonly masks: Masks;
  /** Sentences: how it was read, what was assumed. */
  readonly notes: readonly string[];
  /** Parameters and layers that training leaves as they are, each with the reason. */
  readonly untrained: readonly string[];
  /** The architecture was told by names and shapes of the tensors alone. */
  readonly inferred: boolean;
  /** Of ONNX files. */
  readonly model?: ImportedFile;
}

/** Names of ONNX files. */
export const isOnnx = (path: string): boolean => /\.onnx(\.gz)?$/.test(path);

/**
 * Layers that have no weighted layer before them work on the input: what they add and multiply with belongs to the
 * architecture, as do single numbers anywhere.
 */
function withFixed(network: Network): Network {
  const behindWeights = new Set<string>();
  const layers = network.layers.map((layer) => {
    if (weightOf(layer) || layer.inputs.some((name) => behindWeights.has(name)))
      behindWeights.add(layer.name);
    const isConstant = isAffine(layer) && (!behindWeights.has(layer.name) || sizeOf(layer.shape) === 1);
    return isConstant ? { ...layer, fixed: true as const } : layer;
  });
  return { ...network, layers };
}

/** What training leaves as it is, in words. */
export function untrainedParts(network: Network): string[] {
  const normalizes = network.layers.filter(isNormalize).map(({ name }) => name);
  const constants = network.layers.filter((layer) => isAffine(layer) && layer.fixed === true);
  const buffers = network.layers.filter(
    (layer) => !isAffine(layer) && parametersOf(layer).some(({ trainable }) => !trainable),
  );
  const list = (layers: readonly { readonly name: string }[]): string =>
    layers.map(({ name }) => name).join(', ');
  return [
    ...normalizes.map((name) => `${name}: (x − mean)/std of the input`),
    ...(constants.length > 0 ? [`${list(constants)}: numbers that multiply and add, no weights`] : []),
    ...(buffers.length > 0 ? [`running mean and variance of ${list(buffers)}: they follow the batches`] : []),
  ];
}

function single(
  numbers: Numbers,
  network: Network,
): { values: Record<string, Float32Array>; rounded: number } {
  let rounded = 0;
  const values = Object.fromEntries(
    parameterSpecs(network).map(({ key }) => {
      const given = numbers[key];
      const value = Float32Array.from(given);
      for (let i = 0; i < value.length; i++) if (value[i] !== given[i]) rounded++;
      return [key, value];
    }),
  );
  return { values, rounded };
}

const roundedNote = (count: number): string[] =>
  count === 0 ? [] : [`${count} of its numbers were rounded to single precision, in which certprune trains`];

function ofOnnx(
  path: string,
  { name, inputShape, normalization, model }: ImportNetworkChoices,
): FoundNetwork {
  if (model !== undefined)
    throw new UserError('--model belongs to files of weights: an ONNX file tells its architecture.');
  const imported = readOnnxNetwork(path);
  const fixed = withFixed({ ...imported.network, name });
  const placed = inputShape ? onImages(fixed, inputShape) : fixed;
  const network = normalization ? withNormalization(placed, normalization) : placed;
  const { values, rounded } = single(imported.numbers, network);
  const { external } = imported;
  return {
    network,
    numbers: values,
    masks: {},
    notes: [
      ...(external.length > 0 ? [`some of its weights lie in ${external.join(', ')}`] : []),
      ...roundedNote(rounded),
      ...(normalization || network.layers.some(isNormalize)
        ? []
        : ['it takes pixels as the model does: where that expects normalised ones, give --mean and --std']),
    ],
    untrained: untrainedParts(network),
    inferred: false,
    model: imported,
  };
}

function ofTensors(path: string, { name, ...choices }: ImportNetworkChoices): FoundNetwork {
  const file = readTensorFile(path);
  return namingFile(path, () => {
    const { network, numbers, notes, inferred, matched } = networkFromTensors(file, choices);
    const own = matched.map(({ spec, name: key }) => [spec, key] as const);
    const modules = Object.fromEntries(
      own.flatMap(([{ layer, name: role }, key]) =>
        key.endsWith(`.${role}`) ? [[layer, key.slice(0, -role.length - 1)]] : [],
      ),
    );
    const masks = own.flatMap(([{ key }, tensor]): [string, Uint8Array][] => {
      const mask = file.masks.get(tensor);
      return mask ? [[key, mask]] : [];
    });
    const f64 = matched.filter(({ tensor }) => tensor.dtype === 'float64').length;
    const named = { ...network, name, modules };
    return {
      network: named,
      numbers: single(numbers, named).values,
      masks: Object.fromEntries(masks),
      notes: [...notes, ...(f64 > 0 ? [`${f64} tensors were rounded to single precision`] : [])],
      untrained: untrainedParts(named),
      inferred,
    };
  });
}

/**
 * Reads a .onnx, .pth, .pt, .safetensors or .npz file.
 * @throws UserError naming the file and what is wrong
 */
export function importNetwork(path: string, choices: ImportNetworkChoices): FoundNetwork {
  const found = isOnnx(path) ? namingOnnx(path, choices) : ofTensors(path, choices);
  const output = outputShape(found.network);
  if (output.length !== 1 || output[0] < 2)
    throw new UserError(
      `${path}: its output has the shape [${output.join(',')}]; a classifier has a row of two logits or more.`,
    );
  return found;
}

function namingOnnx(path: string, choices: ImportNetworkChoices): FoundNetwork {
  try {
    return ofOnnx(path, choices);
  } catch (error) {
    if (!(error instanceof UserError) || error.message.includes(path)) throw error;
    throw new UserError(`${path}: ${error.message}`);
  }
}
