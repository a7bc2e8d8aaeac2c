/** @file The names of the pruning criteria, apart from the table so that reading a configuration loads no engine. */

/** As in the configuration; taylor1ScorerAbs and l1-channel are the study's spellings. */
export const criterionNames = [
  'l1unstruct',
  'omp',
  'random',
  'snip',
  'taylor1ScorerAbs',
  'grasp',
  'synflow',
  'hydra',
  'l1-channel',
  'slim',
  'refill',
  'nrs',
] as const;

export type CriterionName = (typeof criterionNames)[number];
