/** @file The update of batch norm's running statistics, done once a step from the pass that makes the loss. */
import { add, mul, stopGradient, type Tensor } from '../tensor/index.ts';
import type { BatchStatistics } from './layers/definition.ts';
import type { Parameters } from './network.ts';

/**
 * running ← (1 − momentum)·running + momentum·batch, the variance unbiased by n/(n−1), as PyTorch does.
 * @param buffers `${layer}.running_mean` and `.running_var`
 * @returns the buffers, those of layers without statistics unchanged
 */
export function updateRunningStatistics(
  buffers: Parameters<Tensor>,
  statistics: ReadonlyMap<string, BatchStatistics>,
): Record<string, Tensor> {
  const next: Record<string, Tensor> = { ...buffers };
  for (const [layer, { mean, variance, count, momentum }] of statistics) {
    const blend = (name: string, batch: Tensor, factor: number) => {
      const key = `${layer}.${name}`;
      next[key] = add(mul(buffers[key], 1 - momentum), mul(stopGradient(batch), momentum * factor));
    };
    blend('running_mean', mean, 1);
    blend('running_var', variance, count / Math.max(1, count - 1));
  }
  return next;
}
