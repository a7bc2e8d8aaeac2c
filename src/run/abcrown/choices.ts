/** @file α,β-CROWN's parameters of bounds, search and attack as choices of the pipeline. */
import { cheapAttack, strongAttack } from '../../verify/attackStage.ts';
import { branchingHeuristics, type BranchingName } from '../../verify/branching/table.ts';
import type { Depth, Limits } from '../../verify/files/answer.ts';
import { domainEffort, rootEffort, type Effort } from '../../verify/rowSearch.ts';
import type { readersOf } from './tree.ts';

type Readers = ReturnType<typeof readersOf>;
type Choices = NonNullable<Limits['choices']>;

/** Branching methods under α,β-CROWN's names. */
const branchings: Readonly<Record<string, BranchingName>> = {
  babsr: 'babsr',
  fsb: 'fsb',
  kfsb: 'kfsb',
  'kfsb-intercept-only': 'intercept',
};

/**
 * @param warnings gets what is met otherwise than asked
 * @returns choices, and how far questions are pursued (`skip` ends with the bounds)
 */
export function pipelineChoices(read: Readers, warnings: string[]): { depth: Depth; choices: Choices } {
  const seed = read.number('general.seed');
  const batch = read.number('solver.beta-crown.batch_size') ?? read.number('solver.batch_size');
  const inputSplit = read.flag('bab.branching.input_split.enable');
  const method = read.text('bab.branching.method');
  const branching = method === undefined ? undefined : branchingOf(method, warnings);
  return {
    depth: depthOf(read),
    choices: {
      ...(seed !== undefined && { seed }),
      // Both children of a domain are bounded together.
      ...(batch !== undefined && { batchRows: Math.max(2, Math.min(1024, 2 * batch)) }),
      ...(inputSplit === true && { inputSplit }),
      ...(branching !== undefined && { branching }),
      ...methodOf(read),
      ...boundsOf(read, warnings),
      ...effortOf(read, 'solver.alpha-crown', rootEffort, 'rootEffort'),
      ...effortOf(read, 'solver.beta-crown', domainEffort, 'domainEffort'),
      ...attackOf(read),
    },
  };
}

function depthOf(read: Readers): Depth {
  const verifier = read.text('general.complete_verifier') ?? 'bab';
  if (verifier === 'skip') return 'bounds';
  if (!['bab', 'bab-refine', 'auto', 'input_bab', 'mip', 'customized'].includes(verifier))
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
  return {
    ...known,
    ...(read.flag('solver.alpha-crown.share_alphas') === true && { sharedAlpha: true }),
    ...(read.flag('solver.alpha-crown.fix_intermediate_layer_bounds') === true && {
      intermediateIterations: 0,
    }),
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

/** `before` and `middle` attack before bounds are optimised, `after` behind them, `skip` never. */
function attackOf(read: Readers): Partial<Choices> {
  const order = read.text('attack.pgd_order');
  const [steps, restarts] = [read.number('attack.pgd_steps'), read.number('attack.pgd_restarts')];
  const asked = {
    ...strongAttack,
    ...(steps !== undefined && { steps }),
    ...(restarts !== undefined && { restarts }),
  };
  const none = { ...cheapAttack, restarts: 0 };
  switch (order) {
    case 'skip':
      return { cheapAttack: none, strongAttack: { ...strongAttack, restarts: 0 } };
    case 'before':
      return { cheapAttack: asked, strongAttack: { ...strongAttack, restarts: 0 } };
    case 'after':
      return { cheapAttack: none, strongAttack: asked };
    case 'middle':
    case undefined:
      return steps === undefined && restarts === undefined ? {} : { strongAttack: asked };
    default:
      return read.wrong('attack.pgd_order', 'before, middle, after or skip');
  }
}
