/** @file How many weights pruning has left. */
import type { NumberedNetwork } from './foldBatchNorm.ts';
import { weightOf } from './layers/rules.ts';

/** Share of weights that are not zero: of the convolutions, which the study prunes; of all layers where there are none. */
export function weightsLeft({ network, numbers }: NumberedNetwork): number {
  const weights = network.layers.filter(weightOf);
  const convolutions = weights.filter((layer) => weightOf(layer)!.prunable === 'always');
  let left = 0;
  let all = 0;
  for (const { name } of convolutions.length > 0 ? convolutions : weights)
    for (const weight of numbers[`${name}.weight`]) {
      all++;
      if (weight !== 0) left++;
    }
  return all === 0 ? 1 : left / all;
}
