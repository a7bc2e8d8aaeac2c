/** @file What a run's stored configuration says: single values, and how it trained and pruned in words. */
import type { RunData } from './runData.ts';
import { significant } from './format.ts';

/**
 * The value of the first of `keys` found in a configuration, the shallowest first; keys are snake_case, and a
 * configuration may group them under sections.
 */
export function configValue(config: Readonly<Record<string, unknown>>, keys: readonly string[]): unknown {
  let level: Readonly<Record<string, unknown>>[] = [config];
  while (level.length > 0) {
    for (const key of keys) {
      for (const section of level) {
        const value = section[key];
        if (value !== undefined && value !== null && typeof value !== 'object') return value;
      }
    }
    level = level.flatMap((section) =>
      Object.values(section).filter(
        (value): value is Record<string, unknown> =>
          typeof value === 'object' && value !== null && !Array.isArray(value),
      ),
    );
  }
  return undefined;
}

/** The value as text; undefined where no key is there. */
export function configText(run: RunData, ...keys: string[]): string | undefined {
  const value = configValue(run.config, keys);
  return value === undefined ? undefined : String(value);
}

/** Of runs that recorded no titles of their own. */
const training: Readonly<Record<string, string>> = {
  natural: 'natural training',
  fgsm: 'FGSM adversarial training',
  pgd: 'PGD adversarial training',
  lirpa: 'certified training',
  ibp: 'certified training by IBP',
  crown: 'certified training by CROWN',
  crownIbp: 'certified training by CROWN-IBP',
  fastIbp: 'certified training by fast-IBP',
  mtlIbp: 'certified training by MTL-IBP',
  ccIbp: 'certified training by CC-IBP',
  sabr: 'certified training by SABR',
};

const pruning: Readonly<Record<string, string>> = {
  l1unstruct: 'magnitude (l1unstruct)',
  omp: 'one-shot magnitude (omp)',
  gmp: 'gradual magnitude (gmp)',
  random: 'random choice (random)',
  snip: 'SNIP',
  taylor1ScorerAbs: 'first-order Taylor (taylor1)',
  grasp: 'GraSP',
  synflow: 'SynFlow',
  hydra: 'HYDRA',
  'l1-channel': 'channel magnitude (l1-channel)',
  slim: 'network slimming (slim)',
  refill: 'channel refill (refill)',
  nrs: 'channel stability (nrs)',
  rigl: 'RigL',
};

/** The name that stands for a word of the configuration, or else the word. */
export function named(names: Readonly<Record<string, string>>, word: string | undefined): string | undefined {
  return word === undefined ? undefined : (names[word] ?? word);
}

/** How the network was trained: the objective and the regularisers beside it. */
export function trainingMethod(run: RunData): string | undefined {
  const { words = {} } = run.environment;
  const objective = words['objective'] ?? named(training, configText(run, 'objective', 'trainer'));
  const beside = regularizers(run);
  if (objective === undefined || beside.length === 0) return objective;
  return `${objective} with ${beside.join(' and ')}`;
}

function regularizers({ config }: RunData): string[] {
  const alignment = configValue(config, ['grad_align_cos_lambda']);
  const isNrs = configValue(config, ['rs_reg']) === true;
  const isRs = configValue(config, ['rs_form']) === 'rs';
  const weight = configValue(config, ['rs_weight']);
  const ofWeight = typeof weight === 'number' ? ` of weight ${significant(weight)}` : '';
  return [
    ...(typeof alignment === 'number' && alignment > 0 ? ['GradAlign'] : []),
    ...(isNrs ? [`the ${isRs ? 'RS' : 'NRS'} loss${ofWeight}`] : []),
  ];
}

/** How the network was pruned, and over what the weights were compared. */
export function pruningMethod(run: RunData): string | undefined {
  const event = run.states.find((state) => state.prune)?.prune;
  const { words = {} } = run.environment;
  const method =
    words['prune_method'] ?? named(pruning, configText(run, 'prune_method', 'criterion') ?? event?.method);
  if (method === undefined) return undefined;
  return `${configValue(run.config, ['layerwise']) === true ? 'layerwise' : 'global'} ${method}`;
}
