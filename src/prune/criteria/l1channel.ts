/** @file l1-channel: mean magnitude of an output channel's weights (Li et al. 2017). */
import { rowMeans } from '../channels.ts';
import { mapMasks } from '../masks.ts';
import type { Criterion } from './criterion.ts';

/** The mean orders a layer as the L1 norm does, and lets layers of different fan-in be compared. */
export const l1channel: Criterion = {
  name: 'l1-channel',
  title: 'channel magnitude (l1-channel)',
  sentence: 'Mean magnitude of an output channel’s weights.',
  granularity: 'channel',
  counts: 'total',
  scores: ({ network, numbers, masks }) =>
    mapMasks(masks, (_, key) => rowMeans(network, key, numbers[key], Math.abs)),
};
