/** @file Another question about trained states than the run's own: another radius, norm, mode, other targets. */
import { createHash } from 'node:crypto';
import type { Norm } from '../bounds/ball.ts';
import type { Depth } from '../verify/files/answer.ts';
import type { RowTexts } from '../verify/files/outputRows.ts';
import type { Targets } from '../verify/specification.ts';
import type { RunConfig } from './config/schema.ts';
import { modeOf } from './verifyOptions/kinds.ts';

/** What differs from the run's own question: is the label kept within `eps`, against all classes, to the end? */
export interface Asked {
  /** Raw pixel units. */
  readonly epsilon?: number;
  readonly norm?: Norm;
  readonly targets?: Targets;
  /** Unsafe outputs as inequalities, instead of the targets. */
  readonly unsafe?: RowTexts;
  readonly depth?: Depth;
  /** What the networks take off raw pixels and divide by, one number a channel. */
  readonly normalization?: { readonly mean: readonly number[]; readonly std: readonly number[] };
}

/** Only what is not the run's own. */
export function differing(asked: Asked, { eps, norm }: RunConfig): Asked {
  const own: Asked = { epsilon: eps, norm, targets: 'all', depth: 'complete' };
  return Object.fromEntries(
    Object.entries(asked).filter(([key, value]) => value !== undefined && value !== own[key as keyof Asked]),
  );
}

/** For the names of files: `epsilon=0.2,norm=2`; empty where the question is the run's own. */
export function nameOf({ epsilon, norm, targets, unsafe, depth, normalization }: Asked): string {
  const digest = (value: unknown): string =>
    createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 8);
  const parts = {
    epsilon,
    norm,
    mode: depth && modeOf(depth),
    targets: typeof targets === 'object' ? targets.target : targets,
    unsafe: unsafe && digest(unsafe),
    normalization: normalization && digest(normalization),
  };
  return Object.entries(parts)
    .flatMap(([key, value]) => (value === undefined ? [] : [`${key}=${value}`]))
    .join(',');
}

/** In words: `radius 0.2, mode crown-acc`. */
export const askedWords = (asked: Asked): string =>
  [
    ...(asked.epsilon === undefined ? [] : [`radius ${asked.epsilon}`]),
    ...(asked.norm === undefined ? [] : [`norm ${asked.norm}`]),
    ...(asked.depth === undefined ? [] : [`mode ${modeOf(asked.depth)}`]),
    ...(asked.targets === undefined
      ? []
      : [`targets ${typeof asked.targets === 'object' ? asked.targets.target : asked.targets}`]),
    ...(asked.unsafe === undefined ? [] : ['unsafe outputs of a file']),
    ...(asked.normalization === undefined
      ? []
      : [`mean ${asked.normalization.mean.join(',')}, std ${asked.normalization.std.join(',')}`]),
  ].join(', ');
