/** @file The optimisers. */
import { family } from '../../family/family.ts';
import { adam } from './adam.ts';
import type { Optimizer, OptimizerKind, OptimizerOptions } from './optimizer.ts';
import { sgd } from './sgd.ts';

export const optimizers = family<OptimizerKind>(
  { kind: 'optimiser', plural: 'optimisers', key: 'optimizer' },
  [sgd, adam],
);

/** An optimiser by name. @throws UserError where the name is unknown */
export const buildOptimizer = (name: string, options: OptimizerOptions = {}): Optimizer =>
  optimizers.named(name).build(options);
