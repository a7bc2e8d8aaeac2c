/** @file What a configuration asks of the training loss and of the bounds measured beside it. */
import { lowerSlopes, type LowerSlope } from '../../bounds/rules/relu.ts';
import { UserError } from '../../formats/userError.ts';
import type { CertifyPlan } from '../../train/certify.ts';
import type { ObjectiveOptions } from '../../train/objectives/objective.ts';
import type { Criterion } from '../../train/plan.ts';
import { studyNrs } from '../../train/regularizers/nrs.ts';
import type { RegularizerOptions, RegularizerPlan } from '../../train/regularizers/regularizer.ts';
import type { RunConfig } from '../config/schema.ts';

/** Validation images bounded after each epoch. */
const certifyImages = 500;

/** Keys of `bound_opts` that hold numbers → the objectives' options. */
const numericOptions: Readonly<Record<string, keyof ObjectiveOptions>> = {
  crown_share: 'crownShare',
  bound_share: 'boundShare',
  small_box: 'smallBox',
  attack_steps: 'attackSteps',
  attack_alpha: 'attackAlpha',
  fast_ibp_weight: 'fastIbpWeight',
};

/** `bound_opts` as the objectives take them. @throws UserError naming a key or value that is unknown */
function boundOptionsOf({ boundOpts }: RunConfig): ObjectiveOptions {
  const options: Record<string, number | string> = {};
  for (const [key, value] of Object.entries(boundOpts)) {
    const numeric = numericOptions[key];
    if (numeric && typeof value === 'number') options[numeric] = value;
    else if (key === 'relu' && lowerSlopes.includes(value as LowerSlope))
      options['relaxation'] = value as string;
    else
      throw new UserError(
        `bound_opts: '${key}: ${String(value)}' is not understood. Known are relu (${lowerSlopes.join(', ')}) and, with ` +
          `a number, ${Object.keys(numericOptions).join(', ')}.`,
      );
  }
  return options;
}

/** @throws UserError where `bound_opts` has what no objective knows */
export function objectiveOptionsOf(config: RunConfig): ObjectiveOptions {
  return {
    norm: config.norm,
    epsilonMax: config.eps,
    lossFusion: !config.noLossFusion,
    ...(config.objective === 'fgsm' && {
      attackAlpha: config.fgsmAlpha,
      randomStart: config.fgsmRandomStart,
      gradAlignLambda: config.gradAlignCosLambda,
    }),
    ...boundOptionsOf(config),
  };
}

/**
 * The NRS loss of `rs_form`, or in the form of the original's trainer: see regularizers/nrs.ts. The adversarial form
 * and the RS loss bound the full radius from the first epoch on, the certified one that of the step.
 */
function nrsOptionsOf({ trainer, rsForm, gammaPow, eps }: RunConfig): RegularizerOptions {
  if (rsForm === 'nrs_study') return { ...studyNrs, gammaPow, epsilon: eps };
  const certified = rsForm === 'nrs_certified' || (rsForm === 'nrs' && trainer === 'lirpa');
  return certified ? { form: 'certified', gammaPow } : { form: 'adversarial', gammaPow, epsilon: eps };
}

/** The NRS or the RS loss, under the name of its regulariser. */
function rsPlanOf(config: RunConfig): Record<string, RegularizerPlan> {
  const { rsForm, rsWeight: weight, rsBatchShare: batchShare } = config;
  return { [rsForm === 'rs' ? 'rs' : 'nrs']: { weight, options: { ...nrsOptionsOf(config), batchShare } } };
}

export function regularizersOf(config: RunConfig): Record<string, RegularizerPlan> {
  const { rsReg, slimWeight, l1Weight } = config;
  return {
    ...(rsReg && rsPlanOf(config)),
    ...(slimWeight > 0 && { slim: { weight: slimWeight } }),
    ...(l1Weight > 0 && { l1: { weight: l1Weight } }),
  };
}

/** Bounds on the first validation images, at the run's final radius. */
export function certifyOf(config: RunConfig): CertifyPlan {
  return {
    epsilon: config.eps,
    norm: config.norm,
    images: certifyImages,
    crown: true,
    nrs: nrsOptionsOf(config),
  };
}

/**
 * The best epoch is chosen by `best_by`, or by what training is for: verified accuracy, accuracy under attack, or clean
 * accuracy; always at the final radius.
 */
export function criterionOf({ objective, bestBy }: RunConfig): Criterion {
  if (bestBy !== 'auto') return bestBy;
  if (objective === 'natural') return 'standard';
  if (objective === 'fgsm') return 'fgsm';
  return objective === 'pgd' ? 'pgd' : 'crown';
}
