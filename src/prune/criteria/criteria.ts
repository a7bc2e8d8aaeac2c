/** @file The table of pruning criteria. */
import { UserError } from '../../formats/userError.ts';
import type { Criterion } from './criterion.ts';
import { l1unstruct } from './l1unstruct.ts';
import { random } from './random.ts';

export const criteria: Readonly<Record<string, Criterion>> = { l1unstruct, random };

/** A criterion by name. @throws UserError where the name is unknown */
export function criterionNamed(name: string): Criterion {
  const criterion = criteria[name];
  if (!criterion)
    throw new UserError(
      `There is no pruning criterion '${name}'. Choose one of: ${Object.keys(criteria).join(', ')}.`,
    );
  return criterion;
}
