/** @file The parameters of a network: names, shapes, roles. */
import { parametersOf } from './layers/rules.ts';
import { float32, type Shape, type TensorSpec } from '../tensor/index.ts';
import type { Initial } from './layers/definition.ts';
import type { Network, Parameters } from './network.ts';

/** One parameter or buffer of a network. */
export interface ParameterSpec {
  /** `${layer}.${name}`, e.g. `conv1.weight`, `bn1.running_mean`. */
  readonly key: string;
  readonly layer: string;
  readonly name: string;
  readonly shape: Shape;
  /** Trained by the optimiser; buffers (running statistics) are not. */
  readonly trainable: boolean;
  readonly initial: Initial;
}

/** Numbers of a network on the host, row-major. */
export type Numbers = Parameters<Float32Array | Float64Array>;

/** All parameters and buffers, in layer order. */
export function parameterSpecs(network: Network): ParameterSpec[] {
  return network.layers.flatMap((layer) =>
    parametersOf(layer).map((p) => ({ ...p, key: `${layer.name}.${p.name}`, layer: layer.name })),
  );
}

/** Program inputs for the parameters that are trained and for the buffers. */
export function parameterInputs(network: Network): {
  trainable: Parameters<TensorSpec>;
  buffers: Parameters<TensorSpec>;
} {
  const specs = parameterSpecs(network);
  const pick = (trainable: boolean) =>
    Object.fromEntries(specs.filter((s) => s.trainable === trainable).map((s) => [s.key, float32(s.shape)]));
  return { trainable: pick(true), buffers: pick(false) };
}

/** Splits any record of parameters into trained ones and buffers, in the order of the specs. */
export function splitParameters<T>(
  network: Network,
  values: Parameters<T>,
): { trainable: Record<string, T>; buffers: Record<string, T> } {
  const trainable: Record<string, T> = {};
  const buffers: Record<string, T> = {};
  for (const spec of parameterSpecs(network))
    (spec.trainable ? trainable : buffers)[spec.key] = values[spec.key]!;
  return { trainable, buffers };
}
