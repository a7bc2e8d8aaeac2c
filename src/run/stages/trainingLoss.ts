/** @file What a configuration asks of the training loss and of the bounds measured beside it. */
import type { CertifyPlan } from '../../train/measures/measure.ts';
import type { ObjectiveOptions } from '../../train/objectives/objective.ts';
import { objectives } from '../../train/objectives/objectives.ts';
import type { Criterion } from '../../train/plan.ts';
import { nrs, nrsSettings } from '../../train/regularizers/nrs.ts';
import type { RegularizedRun, RegularizerPlan } from '../../train/regularizers/regularizer.ts';
import { regularizerPlan, regularizers } from '../../train/regularizers/regularizers.ts';
import { memberOptions } from '../config/memberOptions.ts';
import type { RunConfig } from '../config/schema.ts';

/** Validation images bounded after each epoch. */
const certifyImages = 500;

/** What the objective is told. */
export const objectiveOptionsOf = (config: RunConfig): ObjectiveOptions => ({
  norm: config.norm,
  epsilonMax: config.eps,
  ...memberOptions(objectives.named(config.objective), config),
});

const regularizedRun = ({ trainer, eps }: RunConfig): RegularizedRun => ({
  certified: trainer === 'lirpa',
  epsilon: eps,
});

/** The regularisers that take part, by name. */
export function regularizersOf(config: RunConfig): Record<string, RegularizerPlan> {
  return Object.fromEntries(
    regularizers.members().flatMap((regularizer) => {
      const values = memberOptions(regularizer, config);
      const plan = regularizerPlan(regularizer, values, regularizedRun(config));
      return plan ? [[regularizer.name, plan]] : [];
    }),
  );
}

/** Bounds on the first validation images, at the run's final radius. */
export function certifyOf(config: RunConfig): CertifyPlan {
  return {
    epsilon: config.eps,
    norm: config.norm,
    images: certifyImages,
    crown: true,
    nrs: nrsSettings(memberOptions(nrs, config), regularizedRun(config)),
  };
}

/**
 * The best epoch is chosen by `best_by`, or by what training is for: verified accuracy, accuracy under attack, or clean
 * accuracy; always at the final radius.
 */
export function criterionOf({ objective, bestBy }: RunConfig): Criterion {
  if (bestBy !== 'auto') return bestBy;
  return objectives.named(objective).bestBy ?? 'crown';
}
