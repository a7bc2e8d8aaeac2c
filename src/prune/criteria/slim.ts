/** @file slim: magnitude |γ| of the batch norm behind a convolution (network slimming; Liu et al. 2017). */
import { UserError } from '../../formats/userError.ts';
import { normOf } from '../channels.ts';
import { mapMasks } from '../masks.ts';
import type { Criterion } from './criterion.ts';

/** @throws UserError where a layer to prune has no batch norm */
export const slim: Criterion = {
  name: 'slim',
  title: 'network slimming (slim)',
  sentence: 'Magnitude of the scale of the batch norm behind a channel.',
  granularity: 'channel',
  counts: 'total',
  scores: ({ network, numbers, masks }) =>
    mapMasks(masks, (_, key) => {
      const norm = normOf(network, key);
      if (!norm)
        throw new UserError(
          `slim scores channels by their batch norm, but none follows ${key} of ${network.name}. ` +
            'Use bn: true, or another prune_method.',
        );
      return Float64Array.from(numbers[`${norm.name}.weight`], Math.abs);
    }),
};
