/** @file α,β-CROWN's parameters of bounds, search and attack as choices of the pipeline. */
import { lowerSlopes } from '../../bounds/nonlinear/lowerSlope.ts';
import { cheapAttack, strongAttack } from '../../verify/attackStage.ts';
import { branchingHeuristics } from '../../verify/branching/table.ts';
import type { Depth } from '../../verify/files/answer.ts';
import { choicesOf, given, isReduction, type Choices } from '../verifyOptions/choices.ts';
import type { OptionName, SearchSettings } from '../verifyOptions/table.ts';
import { boundOptions } from './keys.ts';
import type { Readers } from './tree.ts';

/** Branching methods under α,β-CROWN's names. */
const branchings: Readonly<Record<string, string>> = {
  babsr: 'babsr',
  fsb: 'fsb',
  kfsb: 'kfsb',
  'kfsb-intercept-only': 'intercept',
  intercept: 'intercept',
};

/** Taken as they are. */
const plainNumbers = [
  'seed',
  'maxDomains',
  'alphaIterations',
  'alphaRate',
  'alphaDecay',
  'betaIterations',
  'betaAlphaRate',
  'betaRate',
  'betaDecay',
  'attackSteps',
  'attackRestarts',
] as const satisfies readonly OptionName[];

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
  const batch = read.number('batch');
  const method = read.text('branching');
  const branching = method === undefined ? undefined : branchingOf(method, warnings);
  const settings = {
    ...given(Object.fromEntries(plainNumbers.map((name) => [name, read.number(name)]))),
    ...(batch !== undefined && { batch: Math.max(1, Math.min(512, batch)) }),
    ...(read.flag('inputSplit') === true && { inputSplit: true }),
    ...(branching !== undefined && { branching }),
    ...detailsOf(read, branching, warnings),
    ...methodOf(read),
    ...boundsOf(read, warnings),
    ...relaxationOf(read),
    ...stepOf(read, warnings, radius),
  } as SearchSettings;
  const choices = choicesOf(settings);
  return {
    depth: depthOf(read),
    choices: {
      ...choices,
      // Not without a limit, as in the configuration of a run.
      ...(settings.maxDomains === 0 && { maxDomains: 0 }),
      ...attackOf(read, choices.strongAttack ?? strongAttack),
    },
  };
}

function depthOf(read: Readers): Depth {
  const verifier = read.text('method') ?? 'bab';
  if (verifier === 'skip') return 'bounds';
  if (!['bab', 'bab-refine', 'auto', 'input_bab', 'mip'].includes(verifier))
    read.wrong('method', 'bab, mip, bab-refine or skip');
  return 'complete';
}

/** Integer programs, and how long bounds are refined by them. */
function methodOf(read: Readers): SearchSettings {
  const verifier = read.text('method');
  if (verifier !== 'mip' && verifier !== 'bab-refine') return {};
  const refineShare = read.number('refineShare') ?? 0.8;
  if (refineShare < 0 || refineShare > 1) read.wrong('refineShare', 'a number from 0 to 1');
  return { method: verifier, refineShare, ...given({ refineSeconds: read.number('refineSeconds') }) };
}

/** α,β-CROWN's names of bound methods, as far as they say where intermediate bounds come from. */
const boundMethods: Readonly<Record<string, SearchSettings>> = {
  'alpha-crown': {},
  crown: { intermediate: 0 },
  'forward+crown': { forward: 'only', intermediate: 0 },
  'forward+backward': { forward: 'only', intermediate: 0 },
  'alpha-forward+backward': { forward: 'only' },
};

/** Where intermediate bounds come from, and which slopes they share. */
function boundsOf(read: Readers, warnings: string[]): SearchSettings {
  const method = read.text('forward') ?? 'alpha-crown';
  const known = Object.hasOwn(boundMethods, method) ? boundMethods[method] : undefined;
  if (!known)
    warnings.push(`solver.bound_prop_method: ${method} has no counterpart here; alpha-crown is used`);
  return {
    ...known,
    ...(read.anyFlag('shareAlpha') && { shareAlpha: true }),
    ...(read.anyFlag('intermediate') && { intermediate: 0 }),
  };
}

/** The lower line of an unstable ReLU. */
function relaxationOf(read: Readers): SearchSettings {
  const [key = 'relaxation'] = read.keysLike(boundOptions);
  const asked = read.text(key);
  if (asked === undefined) return {};
  const relaxation = lowerSlopes.find((name) => name === asked);
  return { relaxation: relaxation ?? read.wrong(key, lowerSlopes.join(', ')) };
}

/** How many candidates are tried out, and how their children are compared. */
function detailsOf(read: Readers, branching: string | undefined, warnings: string[]): SearchSettings {
  const candidates = read.number('candidates');
  if (candidates !== undefined && !(Number.isInteger(candidates) && candidates > 0))
    read.wrong('candidates', 'a whole number from 1 on');
  const word = read.text('reduce');
  if (word !== undefined && word !== 'auto' && !isReduction(word))
    read.wrong('reduce', 'min, max, mean or auto');
  if (word === 'auto') warnings.push('bab.branching.reduceop: auto: min is used');
  const reduce = word === 'auto' ? undefined : word;
  if (candidates === undefined && reduce === undefined) return {};
  // Its default heuristic, which the two belong to.
  const used = branching ?? 'kfsb';
  const filters = branchingHeuristics.named(used).scores.length > 1;
  if (!filters) {
    warnings.push(`bab.branching.candidates and reduceop: ${used} tries out no candidates`);
    return {};
  }
  return { branching: used, ...given({ candidates, reduce }) };
}

function branchingOf(method: string, warnings: string[]): string {
  const known = Object.hasOwn(branchings, method) ? branchings[method] : undefined;
  if (known && branchingHeuristics.has(known)) return known;
  if (!['naive', 'sb'].includes(method))
    warnings.push(`bab.branching.method: ${method} has no counterpart here; kfsb is used`);
  return 'kfsb';
}

/**
 * `before` and `middle` attack before bounds are optimised, `after` behind them, `input_bab` within the search alone,
 * `skip` never.
 */
function attackOf(read: Readers, asked: typeof strongAttack): Choices {
  const order = read.text('attackOrder');
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
      return read.wrong('attackOrder', 'before, middle, after, input_bab or skip');
  }
}

/** The size of a step as a share of the radius. */
function stepOf(read: Readers, warnings: string[], radius: number | undefined): SearchSettings {
  const step = read.is('attackStep', 'auto') ? undefined : read.number('attackStep');
  if (step !== undefined && radius === undefined)
    warnings.push(`attack.pgd_alpha: ${step}: steps are a quarter of each input's own range`);
  return step !== undefined && radius !== undefined && radius > 0 ? { attackStep: step / radius } : {};
}
