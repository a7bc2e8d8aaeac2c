/** @file Which trainer a configuration belongs to, and the defaults that depend on it. */
import { criteria } from '../../prune/criteria/criteria.ts';
import type { Granularity } from '../../prune/criteria/criterion.ts';
import { objectives } from '../../train/objectives/objectives.ts';
import type { Problem } from './source.ts';

/** `fgsm`: adversarial; `lirpa`: certified, over bounds; `natural`: clean images only. */
export type TrainerName = 'fgsm' | 'lirpa' | 'natural';

/** The trainers, in the order in which they are offered. */
export const trainerNames: readonly TrainerName[] = ['fgsm', 'lirpa', 'natural'];

/** Defaults that differ between the trainers (those of the original study's two scripts). */
export interface TrainerDefaults {
  readonly optimizer: string;
  readonly lr: number;
  readonly weight_decay: number;
  readonly grad_align_cos_lambda: number;
}

/** Trainer → its defaults. */
export const trainerDefaults: Readonly<Record<TrainerName, TrainerDefaults>> = {
  fgsm: { optimizer: 'sgd', lr: 0.01, weight_decay: 5e-4, grad_align_cos_lambda: 0.2 },
  lirpa: { optimizer: 'adam', lr: 1e-3, weight_decay: 0, grad_align_cos_lambda: 0 },
  natural: { optimizer: 'sgd', lr: 0.01, weight_decay: 5e-4, grad_align_cos_lambda: 0 },
};

/** The defaults of a key that depend on the trainer, in words; undefined for others. */
export function defaultsByTrainer(key: string): string | undefined {
  if (!(key in trainerDefaults.fgsm)) return undefined;
  const named = new Map<string, TrainerName[]>();
  for (const trainer of trainerNames) {
    const value = String(trainerDefaults[trainer][key as keyof TrainerDefaults]);
    named.set(value, [...(named.get(value) ?? []), trainer]);
  }
  return [...named].map(([value, trainers]) => `${value} (${trainers.join(', ')})`).join(', ');
}

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

/** The words of `bound_type`. */
export const boundTypes = (): string[] => objectives.members().flatMap(({ boundType }) => boundType ?? []);

const objectiveOfBound = (bound: unknown): string | undefined =>
  objectives.members().find(({ boundType }) => boundType !== undefined && boundType === bound)?.name;

/** The objective a trainer stands for; for `lirpa` it is told by `bound_type`. */
export function objectiveOf(trainer: TrainerName, raw: Raw): string {
  if (trainer !== 'lirpa') return trainer;
  return objectiveOfBound(raw['bound_type']) ?? 'crownIbp';
}

/** Says where `objective` and `bound_type`, both given, name two losses. The default of `bound_type` names none. */
export function objectiveConflict({ objective, bound_type }: Raw): Problem | undefined {
  const meant = objectiveOfBound(bound_type);
  if (objective === undefined || bound_type === 'CROWN-IBP' || meant === undefined || meant === objective)
    return undefined;
  return {
    path: ['bound_type'],
    message: `means the objective '${meant}', but 'objective' is '${String(objective)}': give one of them`,
  };
}

/** What a pruning method removes unless said otherwise: whole channels or single weights. */
export function granularityOf({ prune_method: method }: Raw): Granularity {
  return typeof method === 'string' && criteria.has(method) ? criteria.named(method).granularity : 'weight';
}
