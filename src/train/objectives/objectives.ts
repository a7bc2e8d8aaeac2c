/** @file The training objectives. */
import { family } from '../../family/family.ts';
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

export const objectives = family<Objective>(
  { kind: 'training objective', plural: 'training objectives', key: 'objective' },
  [natural, fgsm, pgd, ibp, crownIbp, crown, fastIbp, mtlIbp, ccIbp, sabr],
);
