/** @file Folding batch norm in evaluation mode into the convolution or linear layer before it. */
import { isBatchNorm } from './channelSpaces.ts';
import { outputName, readersOf } from './graphEdits.ts';
import type { BatchNormLayer, Layer, Network } from './network.ts';
import type { Numbers } from './parameters.ts';

/** A network with its numbers. */
export interface NumberedNetwork {
  readonly network: Network;
  readonly numbers: Numbers;
}

/** γ/√(v+eps) and β − μ·scale per channel, in f64. */
export function batchNormAffine(
  layer: BatchNormLayer,
  numbers: Numbers,
): { scale: Float64Array; shift: Float64Array } {
  const value = (name: string) => numbers[`${layer.name}.${name}`];
  const gamma = value('weight');
  const scale = Float64Array.from(value('running_var'), (v, c) => gamma[c] / Math.sqrt(v + layer.eps));
  const mean = value('running_mean');
  return { scale, shift: Float64Array.from(value('bias'), (b, c) => b - mean[c] * scale[c]) };
}

/**
 * W' = s·W, b' = s·b + shift for every batch norm that alone reads a conv2d or linear layer; others stay.
 * The layer keeps its name; the batch norm's is gone. Exact up to f64 rounding: folded numbers are f64.
 */
export function foldBatchNorm({ network, numbers }: NumberedNetwork): NumberedNetwork {
  const readers = readersOf(network);
  const folded = new Map<string, Layer>();
  const next: Record<string, Float32Array | Float64Array> = { ...numbers };
  const layers: Layer[] = [];
  for (const layer of network.layers) {
    const source = network.layers.find((l) => l.name === layer.inputs[0]);
    const foldable =
      isBatchNorm(layer) &&
      (source?.kind === 'conv2d' || source?.kind === 'linear') &&
      readers.get(source.name)!.length === 1 &&
      outputName(network) !== source.name;
    if (!foldable) {
      layers.push(layer);
      continue;
    }
    const { scale, shift } = batchNormAffine(layer, numbers);
    const weight = numbers[`${source.name}.weight`];
    const bias = numbers[`${source.name}.bias`];
    const perChannel = weight.length / scale.length;
    const scaled = new Float64Array(weight.length);
    for (let c = 0; c < scale.length; c++)
      for (let i = c * perChannel; i < (c + 1) * perChannel; i++) scaled[i] = weight[i] * scale[c];
    next[`${source.name}.weight`] = scaled;
    next[`${source.name}.bias`] = shift.map((s, c) => s + (bias?.[c] ?? 0) * scale[c]);
    for (const name of ['weight', 'bias', 'running_mean', 'running_var'])
      delete next[`${layer.name}.${name}`];
    folded.set(layer.name, source);
    layers.splice(layers.indexOf(source), 1);
    layers.push({ ...source, bias: true });
  }
  const renamed = layers.map((layer) => ({
    ...layer,
    inputs: layer.inputs.map((name) => folded.get(name)?.name ?? name),
  }));
  return { network: { ...network, layers: renamed }, numbers: next };
}
