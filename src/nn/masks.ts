/** @file Masks inside a program: products that keep pruned weights at zero. */
import { float32, mul, type Tensor, type TensorSpec } from '../tensor/index.ts';
import { mapParameters, type Network, type Parameters } from './network.ts';
import { parameterSpecs } from './parameters.ts';

/** Parameter key (`conv1.weight`) → 0/1 per element; parameters without an entry are not pruned. */
export type Masks = Parameters<Uint8Array>;

/** Each masked value times its mask; the others as they are. */
export const applyMasks = (values: Parameters<Tensor>, masks: Parameters<Tensor>): Record<string, Tensor> =>
  mapParameters(values, (value, key) => (masks[key] ? mul(value, masks[key]) : value));

/** Program inputs (float32 0/1) for masks of the given parameters. */
export function maskInputs(network: Network, keys: readonly string[]): Record<string, TensorSpec> {
  const wanted = new Set(keys);
  return Object.fromEntries(
    parameterSpecs(network)
      .filter((s) => wanted.has(s.key))
      .map((s) => [s.key, float32(s.shape)]),
  );
}

/** Masks on the host as program inputs. */
export const maskFeeds = (masks: Masks): Record<string, Float32Array> =>
  mapParameters(masks, (mask) => Float32Array.from(mask));

/** Numbers with pruned weights set to 0 (copied where masked). */
export const maskNumbers = <A extends Float32Array | Float64Array>(
  numbers: Parameters<A>,
  masks: Masks,
): Record<string, A> =>
  mapParameters(numbers, (values, key) => {
    const mask = masks[key];
    return mask ? (values.map((v, i) => (mask[i] ? v : 0)) as A) : values;
  });
