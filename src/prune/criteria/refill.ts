/** @file refill: channels with most magnitude in a magnitude-pruned mask stay, and are filled up (Chen et al. 2022). */
import { rowMeans } from '../channels.ts';
import { mapMasks, totalCount } from '../masks.ts';
import { removeWeights } from '../removeWeights.ts';
import type { Criterion } from './criterion.ts';
import { l1unstruct } from './l1unstruct.ts';

/**
 * Mean over a channel of |w| where iterative magnitude pruning would keep the weight, 0 where it would remove it. That
 * pruning removes round(impRate × remaining) weights of all layers together.
 */
export const refill: Criterion = {
  granularity: 'channel',
  counts: 'total',
  async scores(context, goal) {
    const { network, numbers, masks, impRate = 0.2 } = context;
    const magnitudes = await l1unstruct.scores(context, goal);
    const sparse = removeWeights(magnitudes, masks, Math.round(impRate * totalCount(masks).kept)).masks;
    return mapMasks(sparse, (mask, key) =>
      rowMeans(network, key, numbers[key], (w, i) => (mask[i] === 1 ? Math.abs(w) : 0)),
    );
  },
};
