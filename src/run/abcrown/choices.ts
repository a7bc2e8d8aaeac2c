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
    depth: depthOf(read, warnings),
    choices: {
      ...(seed !== undefined && { seed }),
      // Both children of a domain are bounded together.
      ...(batch !== undefined && { batchRows: Math.max(2, Math.min(1024, 2 * batch)) }),
      ...(inputSplit === true && { inputSplit }),
      ...(branching !== undefined && { branching }),
      ...(read.text('general.complete_verifier') === 'mip' && { method: 'mip' as const }),
      ...effortOf(read, 'solver.alpha-crown', rootEffort, 'rootEffort'),
      ...effortOf(read, 'solver.beta-crown', domainEffort, 'domainEffort'),
      ...attackOf(read),
    },
  };
}

function depthOf(read: Readers, warnings: string[]): Depth {
  const verifier = read.text('general.complete_verifier') ?? 'bab';
  if (verifier === 'skip') return 'bounds';
  if (verifier === 'bab-refine')
    warnings.push(
      'general.complete_verifier: bab-refine: bounds are refined by α, not by mixed-integer programs',
    );
  else if (!['bab', 'auto', 'input_bab', 'mip', 'customized'].includes(verifier))
    read.wrong('general.complete_verifier', 'bab, mip, bab-refine or skip');
  return 'complete';
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
