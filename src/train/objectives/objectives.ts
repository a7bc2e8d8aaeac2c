/** @file The table of training objectives. */
import { UserError } from '../../formats/userError.ts';
import { ccIbp } from './ccIbp.ts';
import { crown } from './crown.ts';
import { crownIbp } from './crownIbp.ts';
import { fastIbp } from './fastIbp.ts';
import { fgsm } from './fgsm.ts';
import { ibp } from './ibp.ts';
import { mtlIbp } from './mtlIbp.ts';
import { natural } from './natural.ts';
import type { Objective } from './objective.ts';
import { pgd } from './pgd.ts';
import { sabr } from './sabr.ts';

export const objectives: Readonly<Record<string, Objective>> = {
  natural,
  fgsm,
  pgd,
  ibp,
  crownIbp,
  crown,
  fastIbp,
  mtlIbp,
  ccIbp,
  sabr,
};

/** An objective by name. @throws UserError where the name is unknown */
export function objectiveNamed(name: string): Objective {
  const objective = objectives[name];
  if (!objective)
    throw new UserError(
      `There is no training objective '${name}'. Choose one of: ${Object.keys(objectives).join(', ')}.`,
    );
  return objective;
}
