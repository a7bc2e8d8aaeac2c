/** @file The table of training objectives. */
import { UserError } from '../../formats/userError.ts';
import { fgsm } from './fgsm.ts';
import { natural } from './natural.ts';
import type { Objective } from './objective.ts';
import { pgd } from './pgd.ts';

export const objectives: Readonly<Record<string, Objective>> = { natural, fgsm, pgd };

/** An objective by name. @throws UserError where the name is unknown */
export function objectiveNamed(name: string): Objective {
  const objective = objectives[name];
  if (!objective)
    throw new UserError(
      `There is no training objective '${name}'. Choose one of: ${Object.keys(objectives).join(', ')}.`,
    );
  return objective;
}
