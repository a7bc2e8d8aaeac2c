/** @file Which trainer a configuration belongs to, and the defaults that depend on it. */
import type { Problem } from './source.ts';
import type { ConfigNames } from './names.ts';

/** `fgsm`: adversarial; `lirpa`: certified, over bounds; `natural`: clean images only. */
export type TrainerName = 'fgsm' | 'lirpa' | 'natural';

/** The trainers, in the order in which they are offered. */
export const trainerNames: readonly TrainerName[] = ['fgsm', 'lirpa', 'natural'];

/** Defaults that differ between the trainers (those of the original study's two scripts). */
export interface TrainerDefaults {
  readonly optimizer: string;
  readonly lr: number;
  readonly weight_decay: number;
}

/** Trainer → its defaults. */
export const trainerDefaults: Readonly<Record<TrainerName, TrainerDefaults>> = {
  fgsm: { optimizer: 'sgd', lr: 0.01, weight_decay: 5e-4 },
  lirpa: { optimizer: 'adam', lr: 1e-3, weight_decay: 0 },
  natural: { optimizer: 'sgd', lr: 0.01, weight_decay: 5e-4 },
};

type Raw = Readonly<Record<string, unknown>>;

/**
 * The trainer of a configuration: the key `trainer`, or else the prefix `fgsm_` or `cibp_` of `save_dir`
 * (the original's files are told apart by nothing but the script that they are handed to).
 * @returns a problem where neither says it.
 */
export function trainerOf(raw: Raw): TrainerName | Problem {
  const named = raw['trainer'];
  if (named !== undefined) {
    const found = trainerNames.find((name) => name === named);
    return found ?? { path: ['trainer'], message: 'unknown', value: named, candidates: trainerNames };
  }
  const directory =
    String(raw['save_dir'] ?? '')
      .split('/')
      .at(-1) ?? '';
  if (directory.startsWith('fgsm_')) return 'fgsm';
  if (directory.startsWith('cibp_')) return 'lirpa';
  return {
    path: ['trainer'],
    message:
      'missing: say `trainer: fgsm`, `trainer: lirpa` or `trainer: natural` ' +
      '(or give a `save_dir` that begins with `fgsm_` or `cibp_`)',
  };
}

/**
 * Is this a file of the original study? They name no trainer; later states there start late in the learning-rate
 * schedule, and adversarial training has its own form of the NRS loss.
 */
export const isOriginal = (raw: Raw): boolean => raw['trainer'] === undefined;

const objectiveOfBound: Readonly<Record<string, string>> = {
  IBP: 'ibp',
  'CROWN-IBP': 'crownIbp',
  CROWN: 'crown',
  'FAST-IBP': 'fastIbp',
};

/** The objective a trainer stands for; for `lirpa` it is told by `bound_type`. */
export function objectiveOf(trainer: TrainerName, raw: Raw): string {
  if (trainer !== 'lirpa') return trainer;
  return objectiveOfBound[String(raw['bound_type'] ?? 'CROWN-IBP')] ?? 'crownIbp';
}

/** Says where `objective` and `bound_type`, both given, name two losses. The default of `bound_type` names none. */
export function objectiveConflict({ objective, bound_type }: Raw): Problem | undefined {
  const meant = objectiveOfBound[String(bound_type)];
  if (objective === undefined || bound_type === 'CROWN-IBP' || meant === undefined || meant === objective)
    return undefined;
  return {
    path: ['bound_type'],
    message: `means the objective '${meant}', but 'objective' is '${String(objective)}': give one of them`,
  };
}

const channelMethods: readonly unknown[] = ['l1-channel', 'slim', 'nrs', 'refill'];

/** What a pruning method removes unless said otherwise: whole channels or single weights. */
export function granularityOf(raw: Raw): string {
  return channelMethods.includes(raw['prune_method']) ? 'channel' : 'weight';
}

/** Weight of the gradient alignment term: the original's .2 in its adversarial trainer, where implemented. */
export function gradAlignDefault(trainer: TrainerName, names: ConfigNames): number {
  return trainer === 'fgsm' && names.regularizers.includes('gradAlign') ? 0.2 : 0;
}
