/** @file Folding batch norm into the weighted layer before it: of networks with numbers, and inside programs. */
import { add, constant, mul, stopGradient, type Tensor } from '../tensor/index.ts';
import { constantParameters, evaluated } from './channelNumbers.ts';
import { outputName, readersOf } from './graphEdits.ts';
import { isBatchNorm, type BatchNormLayer } from './layers/batchNorm.ts';
import type { ChannelAffine } from './layers/definition.ts';
import { parametersOf, ruleOf } from './layers/rules.ts';
import { scaleOutputs } from './layers/weights.ts';
import { layerNamed, type Layer, type Network, type Parameters } from './network.ts';
import type { Numbers } from './parameters.ts';

/** A network with its numbers. */
export interface NumberedNetwork {
  readonly network: Network;
  readonly numbers: Numbers;
}

/** A network in which foldable batch norms are gone, and where each went. */
export interface FoldedNetwork {
  readonly network: Network;
  /** Weighted layer → the batch norm folded into it. */
  readonly folds: ReadonlyMap<string, BatchNormLayer>;
}

/** Every batch norm that alone reads a layer with weights is folded; the layer keeps its name. */
export function foldedNetwork(network: Network): FoldedNetwork {
  const readers = readersOf(network);
  const byName = new Map(network.layers.map((l) => [l.name, l]));
  const folds = new Map<string, BatchNormLayer>();
  for (const layer of network.layers) {
    const source = byName.get(layer.inputs[0]);
    if (!isBatchNorm(layer) || !source || !ruleOf(source).weight) continue;
    if (readers.get(source.name)!.length === 1 && outputName(network) !== source.name)
      folds.set(source.name, layer);
  }
  const renamed = new Map([...folds].map(([source, bn]) => [bn.name, source]));
  const layers = network.layers
    .filter((l) => !renamed.has(l.name))
    .map((l) => ({
      ...l,
      ...(folds.has(l.name) && { bias: true }),
      inputs: l.inputs.map((name) => renamed.get(name) ?? name),
    })) as Layer[];
  return { network: { ...network, layers }, folds };
}

/**
 * W' = s·W, b' = s·b + t with each batch norm as x·s + t.
 * @param cancelled the batch norm subtracts the bias again with the batch mean (training): b counts as a constant, as in
 *   the forward pass, so that its gradient is 0 exactly
 */
export function foldedParameters(
  { network, folds }: FoldedNetwork,
  params: Parameters<Tensor>,
  affineOf: (layer: BatchNormLayer) => Pick<ChannelAffine, 'scale' | 'shift'>,
  cancelled = false,
): Record<string, Tensor> {
  const next: Record<string, Tensor> = { ...params };
  for (const [name, batchNorm] of folds) {
    const { scale, shift } = affineOf(batchNorm);
    const source = layerNamed(network, name);
    const bias = params[`${name}.bias`];
    next[`${name}.weight`] = scaleOutputs(params[`${name}.weight`], scale, ruleOf(source).weight!(source));
    next[`${name}.bias`] = bias ? add(mul(cancelled ? stopGradient(bias) : bias, scale), shift) : shift;
  }
  return next;
}

/** In evaluation mode. Exact up to f64 rounding: folded numbers are f64. */
export function foldBatchNorm(given: NumberedNetwork): NumberedNetwork {
  const folded = foldedNetwork(given.network);
  const numbers: Record<string, Numbers[string]> = { ...given.numbers };
  const traced: Record<string, Tensor> = {};
  for (const [name, batchNorm] of folded.folds) {
    const source = layerNamed(given.network, name);
    for (const { name: own, shape } of parametersOf(source))
      traced[`${name}.${own}`] = constant(numbers[`${name}.${own}`], shape);
    for (const { name: own } of parametersOf(batchNorm)) delete numbers[`${batchNorm.name}.${own}`];
  }
  const parameters = foldedParameters(folded, traced, (layer) =>
    ruleOf(layer).channelAffine!(layer, constantParameters(layer, given.numbers)),
  );
  return { network: folded.network, numbers: { ...numbers, ...evaluated(parameters) } };
}
