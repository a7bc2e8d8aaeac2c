/** @file The table of pruning criteria. */
import { UserError } from '../../formats/userError.ts';
import { hydra } from '../hydra.ts';
import type { Criterion } from './criterion.ts';
import { grasp } from './grasp.ts';
import { l1channel } from './l1channel.ts';
import { l1unstruct, omp } from './l1unstruct.ts';
import type { CriterionName } from './names.ts';
import { nrs } from './nrs.ts';
import { random } from './random.ts';
import { refill } from './refill.ts';
import { slim } from './slim.ts';
import { snip, taylor1ScorerAbs } from './snip.ts';
import { synflow } from './synflow.ts';

const table: Readonly<Record<CriterionName, Criterion>> = {
  l1unstruct,
  omp,
  random,
  snip,
  taylor1ScorerAbs,
  grasp,
  synflow,
  hydra,
  'l1-channel': l1channel,
  slim,
  refill,
  nrs,
};

/** By name. */
export const criteria: Readonly<Record<string, Criterion>> = table;

/** A criterion by name. @throws UserError where the name is unknown */
export function criterionNamed(name: string): Criterion {
  const criterion = criteria[name];
  if (!criterion)
    throw new UserError(
      `There is no pruning criterion '${name}'. Choose one of: ${Object.keys(criteria).join(', ')}.`,
    );
  return criterion;
}
