/** @file α,β-CROWN's parameters of bounds, search and attack as choices of the pipeline. */
import { lowerSlopes } from '../../bounds/rules/relu.ts';
import { cheapAttack, strongAttack } from '../../verify/attackStage.ts';
import { reductions, type ReduceName } from '../../verify/branching/heuristic.ts';
import { branchingHeuristics, type BranchingName } from '../../verify/branching/table.ts';
import type { Depth, Limits } from '../../verify/files/answer.ts';
import { domainEffort, rootEffort, type Effort } from '../../verify/rowSearch.ts';
import { boundOptions } from './keys.ts';
import type { readersOf } from './tree.ts';

type Readers = ReturnType<typeof readersOf>;
type Choices = NonNullable<Limits['choices']>;

/** Branching methods under α,β-CROWN's names. */
const branchings: Readonly<Record<string, BranchingName>> = {
  babsr: 'babsr',
  fsb: 'fsb',
  kfsb: 'kfsb',
  'kfsb-intercept-only': 'intercept',
  intercept: 'intercept',
};

/**
 * @param warnings gets what is met otherwise than asked
 * @param radius of the box in the network's input units, largest over the channels; undefined where files tell it
 * @returns choices, and how far questions are pursued (`skip` ends with the bounds)
 */
export function pipelineChoices(
  read: Readers,
  warnings: string[],
  radius: number | undefined,
): { depth: Depth; choices: Choices } {
  const seed = read.number('general.seed');
  const batch = read.number('solver.beta-crown.batch_size') ?? read.number('solver.batch_size');
  const inputSplit = read.flag('bab.branching.input_split.enable');
  const method = read.text('bab.branching.method');
  const branching = method === undefined ? undefined : branchingOf(method, warnings);
  const maxDomains = read.number('bab.max_domains');
  return {
    depth: depthOf(read),
    choices: {
      ...(seed !== undefined && { seed }),
      // Both children of a domain are bounded together.
      ...(batch !== undefined && { batchRows: Math.max(2, Math.min(1024, 2 * batch)) }),
      ...(inputSplit === true && { inputSplit }),
      ...(branching !== undefined && { branching }),
      ...detailsOf(read, branching, warnings),
      ...(maxDomains !== undefined && Number.isFinite(maxDomains) && { maxDomains }),
      ...methodOf(read),
      ...boundsOf(read, warnings),
      ...relaxationOf(read),
      ...effortOf(read, 'solver.alpha-crown', rootEffort, 'rootEffort'),
      ...effortOf(read, 'solver.beta-crown', domainEffort, 'domainEffort'),
      ...attackOf(read, warnings, radius),
    },
  };
}

function depthOf(read: Readers): Depth {
  const verifier = read.text('general.complete_verifier') ?? 'bab';
  if (verifier === 'skip') return 'bounds';
  if (!['bab', 'bab-refine', 'auto', 'input_bab', 'mip'].includes(verifier))
    read.wrong('general.complete_verifier', 'bab, mip, bab-refine or skip');
  return 'complete';
}

/** Integer programs, and how long bounds are refined by them. */
function methodOf(read: Readers): Pick<Choices, 'method' | 'refine'> {
  const verifier = read.text('general.complete_verifier');
  if (verifier !== 'mip' && verifier !== 'bab-refine') return {};
  const secondsPerBound = read.number('solver.mip.refine_neuron_timeout');
  const timeShare = read.number('solver.mip.refine_neuron_time_percentage') ?? 0.8;
  if (timeShare < 0 || timeShare > 1)
    read.wrong('solver.mip.refine_neuron_time_percentage', 'a number from 0 to 1');
  return {
    method: verifier,
    refine: { timeShare, ...(secondsPerBound !== undefined && { secondsPerBound }) },
  };
}

/** α,β-CROWN's names of bound methods, as far as they say where intermediate bounds come from. */
const boundMethods: Readonly<Record<string, Partial<Choices>>> = {
  'alpha-crown': {},
  crown: { intermediateIterations: 0 },
  'forward+crown': { forward: 'only', intermediateIterations: 0 },
  'forward+backward': { forward: 'only', intermediateIterations: 0 },
  'alpha-forward+backward': { forward: 'only' },
};

/** Where intermediate bounds come from, and which slopes they share. */
function boundsOf(read: Readers, warnings: string[]): Partial<Choices> {
  const method = read.text('solver.bound_prop_method') ?? 'alpha-crown';
  const known = Object.hasOwn(boundMethods, method) ? boundMethods[method] : undefined;
  if (!known)
    warnings.push(`solver.bound_prop_method: ${method} has no counterpart here; alpha-crown is used`);
  const given = (...keys: string[]): boolean =>
    keys.some((key) => read.flag(`solver.alpha-crown.${key}`) === true);
  return {
    ...known,
    ...(given('share_alphas', 'share_slopes') && { sharedAlpha: true }),
    ...(given('no_joint_opt', 'fix_intermediate_layer_bounds') && { intermediateIterations: 0 }),
  };
}

/** The lower line of an unstable ReLU. */
function relaxationOf(read: Readers): Pick<Choices, 'relaxation'> {
  const [key] = [
    ...read.keysLike(boundOptions),
    ...read.keysLike(/^solver\.crown\.activation_bound_option$/),
  ];
  const asked = key === undefined ? undefined : read.text(key);
  if (asked === undefined) return {};
  const relaxation = lowerSlopes.find((name) => name === asked);
  return { relaxation: relaxation ?? read.wrong(key, lowerSlopes.join(', ')) };
}

/** How many candidates are tried out, and how their children are compared. */
function detailsOf(
  read: Readers,
  branching: BranchingName | undefined,
  warnings: string[],
): Pick<Choices, 'branching' | 'branchingDetails'> {
  const candidates = read.number('bab.branching.candidates');
  if (candidates !== undefined && !(Number.isInteger(candidates) && candidates > 0))
    read.wrong('bab.branching.candidates', 'a whole number from 1 on');
  const word = read.text('bab.branching.reduceop');
  if (word !== undefined && word !== 'auto' && !Object.hasOwn(reductions, word))
    read.wrong('bab.branching.reduceop', 'min, max, mean or auto');
  if (word === 'auto') warnings.push('bab.branching.reduceop: auto: min is used');
  const reduce = word === undefined || word === 'auto' ? undefined : (word as ReduceName);
  if (candidates === undefined && reduce === undefined) return {};
  // Its default heuristic, which the two belong to.
  const used = branching ?? 'kfsb';
  const filters = branchingHeuristics[used].scores.length > 1;
  if (!filters) {
    warnings.push(`bab.branching.candidates and reduceop: ${used} tries out no candidates`);
    return {};
  }
  return {
    branching: used,
    branchingDetails: { ...(candidates !== undefined && { candidates }), ...(reduce && { reduce }) },
  };
}

function branchingOf(method: string, warnings: string[]): BranchingName {
  const known = Object.hasOwn(branchings, method) ? branchings[method] : undefined;
  if (known && Object.hasOwn(branchingHeuristics, known)) return known;
  if (!['naive', 'sb'].includes(method))
    warnings.push(`bab.branching.method: ${method} has no counterpart here; kfsb is used`);
  return 'kfsb';
}

function effortOf(
  read: Readers,
  group: string,
  effort: Effort,
  name: 'rootEffort' | 'domainEffort',
): Partial<Choices> {
  const iterations = read.number(`${group}.iteration`);
  const rates = {
    alpha: read.number(`${group}.lr_alpha`),
    beta: read.number(`${group}.lr_beta`),
    decay: read.number(`${group}.lr_decay`),
  };
  const given = Object.fromEntries(Object.entries(rates).filter(([, v]) => v !== undefined));
  if (iterations === undefined && Object.keys(given).length === 0) return {};
  const blocks =
    iterations === undefined ? effort.blocks : Math.max(1, Math.ceil(iterations / effort.blockIterations));
  return { [name]: { ...effort, blocks, rates: { ...effort.rates, ...given } } };
}

/**
 * `before` and `middle` attack before bounds are optimised, `after` behind them, `input_bab` within the search alone,
 * `skip` never.
 */
function attackOf(read: Readers, warnings: string[], radius: number | undefined): Partial<Choices> {
  const order = read.text('attack.pgd_order');
  const asked = { ...strongAttack, ...attackEffort(read, warnings, radius) };
  const none = { ...cheapAttack, restarts: 0 };
  switch (order) {
    case 'skip':
      return { cheapAttack: none, strongAttack: { ...strongAttack, restarts: 0 } };
    case 'before':
      return { cheapAttack: asked, strongAttack: { ...strongAttack, restarts: 0 } };
    case 'after':
    case 'input_bab':
      return { cheapAttack: none, strongAttack: asked };
    case 'middle':
    case undefined:
      return { strongAttack: asked };
    default:
      return read.wrong('attack.pgd_order', 'before, middle, after, input_bab or skip');
  }
}

/** Steps, restarts and step size as far as they are given. */
function attackEffort(
  read: Readers,
  warnings: string[],
  radius: number | undefined,
): Partial<typeof strongAttack> {
  const [steps, restarts] = [read.number('attack.pgd_steps'), read.number('attack.pgd_restarts')];
  const alpha = read.is('attack.pgd_alpha', 'auto') ? undefined : read.number('attack.pgd_alpha');
  if (alpha !== undefined && radius === undefined)
    warnings.push(`attack.pgd_alpha: ${alpha}: steps are a quarter of each input's own range`);
  return {
    ...(steps !== undefined && { steps }),
    ...(restarts !== undefined && { restarts }),
    ...(alpha !== undefined && radius !== undefined && radius > 0 && { relativeStep: alpha / radius }),
  };
}
