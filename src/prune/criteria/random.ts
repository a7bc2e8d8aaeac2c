/** @file random: uniform scores, the baseline of every criterion. */
import type { Criterion } from './criterion.ts';

/** Draws from the fork `random/<key>` of the context's generator. */
export const random: Criterion = {
  scores: ({ masks, rng }) =>
    Object.fromEntries(
      Object.entries(masks).map(([key, mask]) => [
        key,
        rng.fork(`random/${key}`).fillUniform(new Float64Array(mask.length), 0, 1),
      ]),
    ),
};
