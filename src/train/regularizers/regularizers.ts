/** @file The regularisers. Gradient alignment works on the attack's gradients and is an option of fgsm. */
import { family } from '../../family/family.ts';
import type { Options } from '../../family/option.ts';
import { l1 } from './l1.ts';
import { nrs } from './nrs.ts';
import type { RegularizedRun, Regularizer, RegularizerPlan, RegularizerSettings } from './regularizer.ts';
import { rs } from './rs.ts';
import { slim } from './slim.ts';

export const regularizers = family<Regularizer<Options, RegularizerSettings>>(
  { kind: 'regulariser', plural: 'regularisers' },
  [nrs, rs, slim, l1],
);

/** How a regulariser takes part in a run under these values of its options; undefined: not at all. */
export function regularizerPlan(
  regularizer: Regularizer<Options, RegularizerSettings>,
  values: Readonly<Record<string, unknown>>,
  run: RegularizedRun,
): RegularizerPlan | undefined {
  if (regularizer.plan) return regularizer.plan(values as never, run);
  const { weight, ...options } = values;
  return typeof weight === 'number' && weight > 0 ? { weight, options } : undefined;
}
