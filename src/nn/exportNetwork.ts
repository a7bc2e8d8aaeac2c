/** @file Networks as files for others: ONNX, PyTorch's state dict, safetensors, npz. */
import { dirname } from 'node:path';
import { writeFileAtomic } from '../formats/atomicWrite.ts';
import { makeFolder } from '../formats/makeFolder.ts';
import type { NdArray } from '../formats/ndArray.ts';
import { writeNpz } from '../formats/npz.ts';
import { encodeModel } from '../formats/onnx/encode.ts';
import { writeSafetensors } from '../formats/safetensors.ts';
import { systemFault } from '../formats/systemFault.ts';
import { writeTorch } from '../formats/torchWrite.ts';
import { UserError } from '../formats/userError.ts';
import type { NumberedNetwork } from './foldBatchNorm.ts';
import { exportNames } from './import/tensorFile.ts';
import { isNormalize } from './layers/normalize.ts';
import type { Masks } from './masks.ts';
import { networkJson } from './notation/networkJson.ts';
import { inVersions, type OnnxVersions } from './onnxVersions.ts';
import { parameterSpecs } from './parameters.ts';
import { toOnnx } from './toOnnx.ts';
import { torchKeys } from './torchKeys.ts';

/** Kinds of file. */
export const exportKinds = ['onnx', 'pth', 'safetensors', 'npz'] as const;
export type ExportKind = (typeof exportKinds)[number];

/** What goes beside the numbers. */
export interface ExportExtras {
  /** Of pruned parameters; written as `KEY_mask`, in a .pth file by the names of the parameters. */
  readonly masks?: Masks;
  /** Key → text, kept in the metadata of ONNX and safetensors files. */
  readonly facts?: Readonly<Record<string, string>>;
  /** Of ONNX files. */
  readonly versions?: OnnxVersions;
}

/** Masks that prune something. */
const pruning = (masks: Masks): [string, Uint8Array][] =>
  Object.entries(masks).filter(([, mask]) => mask.includes(0));

/** Parameters and buffers in single precision under their keys, in layer order, masks and normalisation behind them. */
function arraysOf({ network, numbers }: NumberedNetwork, masks: Masks): [string, NdArray][] {
  const shapes = new Map(parameterSpecs(network).map(({ key, shape }) => [key, shape]));
  const normalize = network.layers.find(isNormalize);
  return [
    ...[...shapes].map(([key, shape]): [string, NdArray] => [
      key,
      { dtype: 'float32', shape: [...shape], data: Float32Array.from(numbers[key]) },
    ]),
    ...pruning(masks).map(([key, data]): [string, NdArray] => [
      key + exportNames.mask,
      { dtype: 'uint8', shape: [...shapes.get(key)!], data },
    ]),
    ...(normalize
      ? (['mean', 'std'] as const).map((name): [string, NdArray] => {
          const data = Float64Array.from(normalize[name]);
          return [`${normalize.name}.${name}`, { dtype: 'float64', shape: [data.length], data }];
        })
      : []),
  ];
}

/** Under the keys of the network's modules in PyTorch, or its own where it knows none; without `num_batches_tracked`. */
function writeStateDict(path: string, { network, numbers }: NumberedNetwork, masks: Masks): void {
  const named = torchKeys(network);
  const keys =
    named.length > 0 ? named : parameterSpecs(network).map((spec) => ({ ...spec, torchKey: spec.key }));
  const torchKeyOf = new Map(keys.map(({ key, torchKey }) => [key, torchKey]));
  const tensors = keys.map(
    ({ key, torchKey, shape }) => [torchKey, { shape, data: Float32Array.from(numbers[key]) }] as const,
  );
  const note = {
    architecture: networkJson(network),
    masks: pruning(masks).map(([key]) => torchKeyOf.get(key)),
  };
  writeTorch(path, new Map(tensors), JSON.stringify(note));
}

function makeFolderOf(path: string): void {
  try {
    makeFolder(dirname(path));
  } catch (error) {
    throw new UserError(`Cannot write ${path}: ${systemFault(error)}.`);
  }
}

/**
 * Writes a network through a temporary name; missing folders are made. ONNX holds the whole function; the others the
 * numbers, masks and normalisation, and the layers as JSON, so that `certprune import` reads them without being told.
 * @throws UserError where the file cannot be written
 */
export function exportNetwork(
  net: NumberedNetwork,
  kind: ExportKind,
  path: string,
  { masks = {}, facts = {}, versions = {} }: ExportExtras = {},
): void {
  const architecture = networkJson(net.network);
  const write: Readonly<Record<ExportKind, () => void>> = {
    onnx() {
      const model = inVersions(toOnnx(net.network, net.numbers), versions);
      writeFileAtomic(path, encodeModel({ ...model, metadata: facts }));
    },
    pth: () => writeStateDict(path, net, masks),
    safetensors: () =>
      writeSafetensors(path, arraysOf(net, masks), { ...facts, network: net.network.name, architecture }),
    npz() {
      const data = Uint8Array.from(Buffer.from(architecture));
      writeNpz(path, [
        ...arraysOf(net, masks),
        [exportNames.architecture, { dtype: 'uint8', shape: [data.length], data }],
      ]);
    },
  };
  makeFolderOf(path);
  write[kind]();
}
