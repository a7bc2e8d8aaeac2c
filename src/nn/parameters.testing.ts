/** @file Counts for tests. */
import type { Network } from './network.ts';
import { parameterSpecs } from './parameters.ts';

/** Number of trained parameters. */
export function parameterCount(network: Network): number {
  return parameterSpecs(network)
    .filter((s) => s.trainable)
    .reduce((n, s) => n + s.shape.reduce((a, b) => a * b, 1), 0);
}
