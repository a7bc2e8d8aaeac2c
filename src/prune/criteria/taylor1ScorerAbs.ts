/** @file taylor1ScorerAbs: the first-order Taylor term of the change of the loss (Molchanov et al. 2019, eq. 8). */
import type { Criterion } from './criterion.ts';
import { snip } from './snip.ts';

/** The same score as SNIP's. The name is the study's. */
export const taylor1ScorerAbs: Criterion = {
  ...snip,
  name: 'taylor1ScorerAbs',
  title: 'first-order Taylor (taylor1)',
  sentence: 'First-order Taylor term of the change of the loss: the scores of snip.',
};
