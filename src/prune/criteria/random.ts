/** @file random: uniform scores, the baseline of every criterion. */
import { mapMasks } from '../masks.ts';
import type { Criterion } from './criterion.ts';

/** Draws from the fork `random/<key>` of the context's generator. */
export const random: Criterion = {
  name: 'random',
  title: 'random choice (random)',
  sentence: 'Weights drawn at random, the baseline of every criterion.',
  granularity: 'weight',
  counts: 'remaining',
  scores: ({ masks, rng }) =>
    mapMasks(masks, (mask, key) =>
      rng.fork(`random/${key}`).fillUniform(new Float64Array(mask.length), 0, 1),
    ),
};
