/** @file refill: channels with most magnitude in a magnitude-pruned mask stay, and are filled up (Chen et al. 2022). */
import type { Options } from '../../family/option.ts';
import { rowMeans } from '../channels.ts';
import { mapMasks, totalCount } from '../masks.ts';
import { removeWeights } from '../removeWeights.ts';
import type { Criterion } from './criterion.ts';
import { l1unstruct } from './l1unstruct.ts';

const options = {
  impRate: {
    type: 'number',
    above: 0,
    below: 1,
    default: 0.2,
    key: 'imp_rate',
    sentence: 'Magnitude pruning rate of refill.',
  },
} as const satisfies Options;

/**
 * Mean over a channel of |w| where iterative magnitude pruning would keep the weight, 0 where it would remove it. That
 * pruning removes round(impRate × remaining) weights of all layers together.
 */
export const refill: Criterion<typeof options> = {
  name: 'refill',
  title: 'channel refill (refill)',
  sentence: 'Channels with most magnitude in a magnitude-pruned mask stay, and are filled up.',
  options,
  granularity: 'channel',
  counts: 'total',
  async scores(context, goal, { impRate }) {
    const { network, numbers, masks } = context;
    const magnitudes = await l1unstruct.scores(context, goal, {});
    const sparse = removeWeights(magnitudes, masks, Math.round(impRate * totalCount(masks).kept)).masks;
    return mapMasks(sparse, (mask, key) =>
      rowMeans(network, key, numbers[key], (w, i) => (mask[i] === 1 ? Math.abs(w) : 0)),
    );
  },
};
