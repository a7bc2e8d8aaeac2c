/** @file Batch norm folded into convolutions inside a program: bounds then pass fewer layers. */
import { isBatchNorm } from '../../nn/channelSpaces.ts';
import { outputName, readersOf } from '../../nn/graphEdits.ts';
import type {
  BatchNormLayer,
  Conv2dLayer,
  Layer,
  LinearLayer,
  Network,
  Parameters,
} from '../../nn/network.ts';
import { add, mul, reshape, stopGradient, type Tensor } from '../../tensor/index.ts';
import type { ChannelAffine } from '../../bounds/rule.ts';

/** A network in which foldable batch norms are gone, and where each went. */
export interface FoldedNetwork {
  readonly network: Network;
  /** Weighted layer → the batch norm folded into it. */
  readonly folds: ReadonlyMap<string, BatchNormLayer>;
}

type Weighted = Conv2dLayer | LinearLayer;

const isWeighted = (layer: Layer | undefined): layer is Weighted =>
  layer?.kind === 'conv2d' || layer?.kind === 'linear';

/** Every batch norm that alone reads a conv2d or linear layer is folded; the layer keeps its name. */
export function foldedNetwork(network: Network): FoldedNetwork {
  const readers = readersOf(network);
  const byName = new Map(network.layers.map((l) => [l.name, l]));
  const folds = new Map<string, BatchNormLayer>();
  for (const layer of network.layers) {
    if (!isBatchNorm(layer)) continue;
    const source = byName.get(layer.inputs[0]);
    if (isWeighted(source) && readers.get(source.name)!.length === 1 && outputName(network) !== source.name)
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
  { folds }: FoldedNetwork,
  params: Parameters<Tensor>,
  affineOf: (layer: BatchNormLayer) => ChannelAffine,
  cancelled: boolean,
): Record<string, Tensor> {
  const next: Record<string, Tensor> = { ...params };
  for (const [source, bn] of folds) {
    const { scale, shift } = affineOf(bn);
    const weight = params[`${source}.weight`];
    const bias = params[`${source}.bias`];
    next[`${source}.weight`] = mul(weight, reshape(scale, [-1, ...weight.shape.slice(1).map(() => 1)]));
    next[`${source}.bias`] = bias ? add(mul(cancelled ? stopGradient(bias) : bias, scale), shift) : shift;
  }
  return next;
}
