/** @file Networks as files for others: ONNX, safetensors, npz. */
import { writeFileAtomic } from '../formats/atomicWrite.ts';
import type { NdArray } from '../formats/ndArray.ts';
import { writeNpz } from '../formats/npz.ts';
import { encodeModel } from '../formats/onnx/encode.ts';
import { writeSafetensors } from '../formats/safetensors.ts';
import type { NumberedNetwork } from './foldBatchNorm.ts';
import { parameterSpecs } from './parameters.ts';
import { toOnnx } from './toOnnx.ts';

/** Kinds of file. */
export const exportKinds = ['onnx', 'safetensors', 'npz'] as const;
export type ExportKind = (typeof exportKinds)[number];

/** Parameters and buffers in single precision under their keys, in layer order. */
function arraysOf({ network, numbers }: NumberedNetwork): [string, NdArray][] {
  return parameterSpecs(network).map(({ key, shape }) => [
    key,
    { dtype: 'float32', shape: [...shape], data: Float32Array.from(numbers[key]) },
  ]);
}

/**
 * Writes a network through a temporary name. ONNX holds the whole function; safetensors the numbers, and the layers
 * as JSON in the metadata `architecture`; npz the numbers alone.
 * @throws UserError where the file cannot be written
 */
export function exportNetwork(net: NumberedNetwork, kind: ExportKind, path: string): void {
  if (kind === 'onnx') writeFileAtomic(path, encodeModel(toOnnx(net.network, net.numbers)));
  else if (kind === 'npz') writeNpz(path, arraysOf(net));
  else
    writeSafetensors(path, arraysOf(net), {
      network: net.network.name,
      architecture: JSON.stringify(net.network),
    });
}
