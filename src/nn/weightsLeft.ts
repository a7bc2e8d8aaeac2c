/** @file How many weights pruning has left. */
import type { NumberedNetwork } from './foldBatchNorm.ts';
import { parameterSpecs } from './parameters.ts';

/** Share of weights that are not zero: of the convolutions, which the study prunes; of all layers where there are none. */
export function weightsLeft({ network, numbers }: NumberedNetwork): number {
  const weights = parameterSpecs(network).filter(({ name, shape }) => name === 'weight' && shape.length > 1);
  const convolutions = weights.filter(({ shape }) => shape.length === 4);
  let left = 0;
  let all = 0;
  for (const { key } of convolutions.length > 0 ? convolutions : weights)
    for (const weight of numbers[key]) {
      all++;
      if (weight !== 0) left++;
    }
  return all === 0 ? 1 : left / all;
}
