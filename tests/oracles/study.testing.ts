/** @file Test helper: the study's network and reference arrays, in this project's names. */
import { readFileSync } from 'node:fs';
import { fashionMnist } from '../../src/data/fashionMnist.ts';
import { toFloat64, type NdArray } from '../../src/formats/ndArray.ts';
import { decodeNpz } from '../../src/formats/npz.ts';
import { sharedPath } from '../../src/formats/shared.testing.ts';
import type { Network } from '../../src/nn/network.ts';
import { buildModel } from '../../src/nn/zoo/models.ts';

/** Index of a layer in the study's Sequential → our name. */
export const studyLayers: Readonly<Record<string, string>> = {
  '0': 'conv1',
  '1': 'bn1',
  '3': 'conv2',
  '4': 'bn2',
  '6': 'conv3',
  '7': 'bn3',
  '9': 'conv4',
  '10': 'bn4',
  '12': 'conv5',
  '13': 'bn5',
  '16': 'fc1',
  '18': 'fc2',
};

/** cifar_model_deep on FashionMNIST; its first layer normalises as the study's adversarial half does. */
export function studyNetwork(eps = 1e-5): Network {
  const network = buildModel('cifar_model_deep', {
    classes: 10,
    inputShape: [1, 28, 28],
    bn: true,
    normalization: fashionMnist.normalization,
  });
  const layers = network.layers.map((l) => (l.kind === 'batchNorm2d' ? { ...l, eps } : l));
  return { ...network, layers };
}

/** Whether reference data is there; tests of an absent one are skipped with a message. */
export const hasShared = (name: string): boolean => sharedPath(name) !== undefined;

/** Arrays of an .npz of the reference data. */
export function sharedArrays(name: string): Map<string, NdArray> {
  const path = sharedPath(name);
  if (!path) throw new Error(`reference data ${name} is absent`);
  return decodeNpz(readFileSync(path));
}

/** `3.weight` → `conv2.weight`; undefined for what is no parameter (or buffer). */
export function studyKey(key: string): string | undefined {
  const [index, name] = key.split('.') as [string, string?];
  const layer = studyLayers[index];
  return layer && name && name !== 'num_batches_tracked' ? `${layer}.${name}` : undefined;
}

/** Entries with study keys, under our keys, f32. A prefix such as `buf:` is taken off first. */
export function studyNumbers(
  arrays: ReadonlyMap<string, NdArray>,
  prefix = '',
): Record<string, Float32Array> {
  const found: Record<string, Float32Array> = {};
  for (const [name, { data }] of arrays) {
    if (!name.startsWith(prefix)) continue;
    const key = studyKey(name.slice(prefix.length));
    if (key) found[key] = Float32Array.from(toFloat64(data));
  }
  return found;
}

/** The batch of oracle/training: raw pixels, labels. */
export function studyBatch(): { x: Float32Array; y: Int32Array } {
  const arrays = sharedArrays('oracle/training/batch.npz');
  return {
    x: Float32Array.from(toFloat64(arrays.get('u8')!.data), (v) => v / 255),
    y: Int32Array.from(toFloat64(arrays.get('y')!.data)),
  };
}

/** ‖a − b‖ / ‖b‖. */
export function relativeError(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let difference = 0;
  let norm = 0;
  for (let i = 0; i < b.length; i++) {
    difference += (a[i] - b[i]) ** 2;
    norm += b[i] ** 2;
  }
  return Math.sqrt(difference / Math.max(norm, 1e-30));
}
