/** @file Files of named tensors, whatever their format: PyTorch's state dicts, safetensors, npz. */
import { existsSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import type { NdArray } from '../../formats/ndArray.ts';
import { decodeNpz } from '../../formats/npz.ts';
import { namingFile, readBytes } from '../../formats/readFile.ts';
import { decodeSafetensors } from '../../formats/safetensors.ts';
import { maskedStateDictOf } from '../../formats/stateDict.ts';
import { decodeTorch, torchNote } from '../../formats/torchFile.ts';
import { UserError } from '../../formats/userError.ts';
import type { Network } from '../network.ts';
import { networkOfArchitecture } from '../notation/architecture.ts';
import { networkFiles, readArchitectureFile } from '../notation/architectureFile.ts';
import { networkOfJson } from '../notation/networkJson.ts';

/** Tensors of a network by their names in the file. */
export interface TensorFile {
  readonly tensors: ReadonlyMap<string, NdArray>;
  /** Of tensors that the file holds masks of; 0 or 1 an element. */
  readonly masks: ReadonlyMap<string, Uint8Array>;
  /** The layers, where the file carries them. */
  readonly network?: Network;
}

/** Names of what `export` writes beside the weights. */
export const exportNames = { architecture: 'architecture', mask: '_mask' } as const;

/** A mask stands beside its tensor, under its name with `_mask`. */
function masked(all: ReadonlyMap<string, NdArray>): Pick<TensorFile, 'tensors' | 'masks'> {
  const tensors = new Map<string, NdArray>();
  const masks = new Map<string, Uint8Array>();
  for (const [name, tensor] of all) {
    const of = name.endsWith(exportNames.mask) ? all.get(name.slice(0, -exportNames.mask.length)) : undefined;
    if (!of) {
      tensors.set(name, tensor);
      continue;
    }
    if (of.shape.join() !== tensor.shape.join())
      throw new UserError(
        `'${name}' has the shape [${tensor.shape.join(', ')}], and what it masks [${of.shape.join(', ')}].`,
      );
    masks.set(
      name.slice(0, -exportNames.mask.length),
      Uint8Array.from({ length: tensor.data.length }, (_, i) => (Number(tensor.data[i]) === 0 ? 0 : 1)),
    );
  }
  return { tensors, masks };
}

/** A checkpoint of a run, or of what was imported: there the layers lie beside it. */
function ofCheckpoint(all: ReadonlyMap<string, NdArray>, path: string): TensorFile {
  const under = (prefix: string): [string, NdArray][] =>
    [...all].flatMap(([name, tensor]) =>
      name.startsWith(prefix) ? [[name.slice(prefix.length), tensor]] : [],
    );
  const beside = networkFiles(dirname(path));
  const stated =
    path.endsWith(basename(beside.weights)) && existsSync(beside.architecture)
      ? readArchitectureFile(beside.architecture)
      : undefined;
  return {
    tensors: new Map(under('params.')),
    masks: new Map(under('masks.').map(([name, { data }]) => [name, data as Uint8Array])),
    ...(stated?.input && { network: networkOfArchitecture(stated, { shape: stated.input }) }),
  };
}

function ofSafetensors(bytes: Uint8Array, path: string): TensorFile {
  const { tensors, metadata } = decodeSafetensors(bytes);
  if (metadata['epoch'] !== undefined && [...tensors.keys()].some((name) => name.startsWith('params.')))
    return ofCheckpoint(tensors, path);
  const { architecture } = metadata;
  return {
    ...masked(tensors),
    ...(architecture !== undefined && { network: networkOfJson(architecture) }),
  };
}

function ofNpz(bytes: Uint8Array): TensorFile {
  const { [exportNames.architecture]: architecture, ...arrays } = Object.fromEntries(
    decodeNpz(bytes),
  ) as Record<string, NdArray>;
  const text =
    architecture?.dtype === 'uint8' ? Buffer.from(architecture.data as Uint8Array).toString() : undefined;
  return {
    ...masked(new Map(Object.entries(arrays))),
    ...(text !== undefined && { network: networkOfJson(text) }),
  };
}

function ofTorch(bytes: Uint8Array): TensorFile {
  const { tensors, masks } = maskedStateDictOf(decodeTorch(bytes));
  const note = torchNote(bytes);
  if (note === undefined) return { tensors, masks };
  const { architecture, masks: names } = noteOf(note);
  for (const name of names) {
    const data = tensors.get(name)?.data;
    if (data)
      masks.set(
        name,
        Uint8Array.from({ length: data.length }, (_, i) => (Number(data[i]) === 0 ? 0 : 1)),
      );
  }
  return { tensors, masks, network: networkOfJson(architecture) };
}

function noteOf(text: string): { readonly architecture: string; readonly masks: readonly string[] } {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new UserError('What certprune wrote beside the weights is not JSON: the file is damaged.');
  }
  const { architecture, masks } = (value ?? {}) as Readonly<Record<string, unknown>>;
  if (
    typeof architecture !== 'string' ||
    !Array.isArray(masks) ||
    !masks.every((one) => typeof one === 'string')
  )
    throw new UserError('What certprune wrote beside the weights is damaged.');
  return { architecture, masks };
}

const isZip = (bytes: Uint8Array): boolean => bytes[0] === 0x50 && bytes[1] === 0x4b;

/** Formats of other programs, by how they begin, and what to do. */
const foreign: readonly (readonly [start: string, what: string])[] = [
  ['\x89HDF\r\n', 'an HDF5 file (Keras). Export the model as ONNX, e.g. with tf2onnx'],
  ['GGUF', 'a GGUF file, whose weights are quantised'],
  ['\x1f\x8b', 'compressed with gzip. Decompress it first'],
];

/**
 * Reads a file of tensors; its content tells the format, where its name does not.
 * @throws UserError naming the file and its fault; for programs instead of weights with what to do
 */
export function readTensorFile(path: string): TensorFile {
  const bytes = readBytes(path, 'weights');
  return namingFile(path, () => {
    const start = Buffer.from(bytes.subarray(0, 8)).toString('latin1');
    const other = foreign.find(([begin]) => start.startsWith(begin));
    if (other) throw new UserError(`It is ${other[1]}.`);
    if (path.endsWith('.safetensors')) return ofSafetensors(bytes, path);
    if (path.endsWith('.npz')) return ofNpz(bytes);
    try {
      return ofTorch(bytes);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      const place = JSON.stringify(path);
      throw new UserError(error.message.replaceAll('"FILE"', place) + (isZip(bytes) ? '' : notTorch(path)));
    }
  });
}

const notTorch = (path: string): string =>
  /\.(pth|pt|tar|ckpt|model|bin)$/.test(path)
    ? ''
    : ' Networks are read from .onnx, .pth and .pt, .safetensors and .npz files.';
