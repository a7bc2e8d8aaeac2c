/** @file The pruning criteria. */
import { family } from '../../family/family.ts';
import type { Criterion } from './criterion.ts';
import { grasp } from './grasp.ts';
import { hydra } from './hydra.ts';
import { l1channel } from './l1channel.ts';
import { l1unstruct } from './l1unstruct.ts';
import { nrs } from './nrs.ts';
import { omp } from './omp.ts';
import { random } from './random.ts';
import { refill } from './refill.ts';
import { slim } from './slim.ts';
import { snip } from './snip.ts';
import { synflow } from './synflow.ts';
import { taylor1ScorerAbs } from './taylor1ScorerAbs.ts';

export const criteria = family<Criterion>(
  { kind: 'pruning criterion', plural: 'pruning criteria', key: 'prune_method' },
  [l1unstruct, omp, random, snip, taylor1ScorerAbs, grasp, synflow, hydra, l1channel, slim, refill, nrs],
);
