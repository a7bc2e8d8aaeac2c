/** @file The forward pass of a network as a traced computation. */
import { ruleOf } from './layers/rules.ts';
import { stopGradient, TraceError, type Tensor } from '../tensor/index.ts';
import { isBatchNorm } from './layers/batchNorm.ts';
import type { BatchStatistics, Mode } from './layers/definition.ts';
import { outputName, readersOf } from './graphEdits.ts';
import type { Network, Parameters } from './network.ts';

export interface ForwardOptions {
  readonly mode: Mode;
  /** Dropout layer → 0/1 tensor of its input's shape, for training. */
  readonly keepMasks?: Readonly<Record<string, Tensor>> | undefined;
}

/** What a forward pass computes. */
export interface ForwardResult {
  /** The last layer's result, e.g. logits [B,classes]. */
  readonly output: Tensor;
  /** Layer name (and `input`) → its result [B,…]. */
  readonly activations: ReadonlyMap<string, Tensor>;
  /** Batch-norm layer → statistics of this batch; empty in evaluation mode. */
  readonly statistics: ReadonlyMap<string, BatchStatistics>;
}

/**
 * Layers whose bias only batch norms in training mode see: they subtract it again with the mean. Its gradient is 0
 * exactly; computed through rounding it would be noise, which Adam scales up to whole steps.
 */
function cancelledBiases(network: Network): Set<string> {
  const readers = readersOf(network);
  const cancelled = network.layers.filter((layer) => {
    const next = readers.get(layer.name)!;
    const only = next.length > 0 && next.every(isBatchNorm);
    return ruleOf(layer).weight && only && layer.name !== outputName(network);
  });
  return new Set(cancelled.map((l) => l.name));
}

/**
 * Runs the network on x [B, …inputShape]. In training mode a bias before a batch norm is a constant to
 * differentiation (see `cancelledBiases`), also through the layer's own activation.
 * @throws TraceError where a parameter is missing or does not fit
 */
export function forward(
  network: Network,
  params: Parameters<Tensor>,
  x: Tensor,
  { mode, keepMasks = {} }: ForwardOptions,
): ForwardResult {
  const activations = new Map<string, Tensor>([['input', x]]);
  const statistics = new Map<string, BatchStatistics>();
  const cancelled = mode === 'train' ? cancelledBiases(network) : new Set<string>();
  for (const layer of network.layers) {
    const result = ruleOf(layer).forward({
      layer,
      inputs: layer.inputs.map((name) => activations.get(name)!),
      mode,
      parameter(name) {
        const value = params[`${layer.name}.${name}`];
        if (!value) throw new TraceError(`network ${network.name}: no value for ${layer.name}.${name}`);
        return name === 'bias' && cancelled.has(layer.name) ? stopGradient(value) : value;
      },
      recordStatistics: (found) => void statistics.set(layer.name, found),
      keepMask: keepMasks[layer.name],
    });
    activations.set(layer.name, result);
  }
  return { output: activations.get(network.layers.at(-1)!.name)!, activations, statistics };
}
