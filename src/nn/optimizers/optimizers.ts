/** @file The table of optimisers: name → factory. */
import { UserError } from '../../formats/userError.ts';
import { adam } from './adam.ts';
import type { Optimizer, OptimizerOptions } from './optimizer.ts';
import { sgd } from './sgd.ts';

export const optimizers: Readonly<Record<string, (options: OptimizerOptions) => Optimizer>> = { sgd, adam };

/** An optimiser by name. @throws UserError where the name is unknown */
export function buildOptimizer(name: string, options: OptimizerOptions = {}): Optimizer {
  const factory = optimizers[name];
  if (!factory)
    throw new UserError(
      `There is no optimiser '${name}'. Choose one of: ${Object.keys(optimizers).join(', ')}.`,
    );
  return factory(options);
}
