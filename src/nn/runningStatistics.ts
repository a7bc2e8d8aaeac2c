/** @file The update of batch norm's running statistics, done once a step from the pass that makes the loss. */
import { add, mul, stopGradient, type Tensor } from '../tensor/index.ts';
import type { BatchStatistics } from './layers/definition.ts';
import type { Network, Parameters } from './network.ts';

/**
 * running ← (1 − momentum)·running + momentum·batch, the variance unbiased by n/(n−1), as PyTorch does.
 * @param buffers `${layer}.running_mean` and `.running_var`
 * @returns the buffers, those of layers without statistics unchanged
 */
export function updateRunningStatistics(
  network: Network,
  buffers: Parameters<Tensor>,
  statistics: ReadonlyMap<string, BatchStatistics>,
): Record<string, Tensor> {
  const next: Record<string, Tensor> = { ...buffers };
  for (const layer of network.layers) {
    const found = statistics.get(layer.name);
    if (!found || (layer.kind !== 'batchNorm2d' && layer.kind !== 'batchNorm1d')) continue;
    const { momentum } = layer;
    const blend = (name: string, batch: Tensor, factor: number) => {
      const key = `${layer.name}.${name}`;
      next[key] = add(mul(buffers[key], 1 - momentum), mul(stopGradient(batch), momentum * factor));
    };
    blend('running_mean', found.mean, 1);
    blend('running_var', found.variance, found.count / Math.max(1, found.count - 1));
  }
  return next;
}
