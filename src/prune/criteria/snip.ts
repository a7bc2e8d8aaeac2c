/** @file snip: |∂L/∂w · w|, the sensitivity of the loss to a weight (Lee et al. 2019). */
import { mapMasks } from '../masks.ts';
import { meanGradients } from '../objectiveGradients.ts';
import type { Criterion, Scores } from './criterion.ts';

/** |g·w| per weight. @param gradients by weight key, as are the numbers */
export function sensitivity(
  gradients: Readonly<Record<string, ArrayLike<number>>>,
  numbers: Readonly<Record<string, ArrayLike<number>>>,
): Scores {
  return Object.fromEntries(
    Object.entries(gradients).map(([key, gradient]) => [
      key,
      Float64Array.from(gradient, (g, i) => Math.abs(g * numbers[key][i])),
    ]),
  );
}

/**
 * Lee, Ajanthan and Torr 2019 (eq. 6, without the normalisation, which keeps the order); in the adversarial setting
 * HYDRA's and the study's baseline. The gradient is that of the training objective, the mean over the batches.
 */
export const snip: Criterion = {
  name: 'snip',
  title: 'SNIP',
  sentence: 'Gradient of the training loss times weight, in magnitude.',
  granularity: 'weight',
  counts: 'total',
  async scores(context) {
    const gradients = await meanGradients(context, 'snip');
    return sensitivity(
      mapMasks(context.masks, (_, key) => gradients[key]),
      context.numbers,
    );
  },
};
