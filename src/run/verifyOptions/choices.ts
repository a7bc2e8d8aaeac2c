/** @file What attack, bounds and search are told, as choices of the pipeline. */
import type { Limits } from '../../verify/files/answer.ts';
import { strongAttack } from '../../verify/attackStage.ts';
import { reductions, type ReduceName } from '../../verify/branching/heuristic.ts';
import { domainEffort, rootEffort, type Effort } from '../../verify/rowSearch.ts';
import type { SearchSettings } from './table.ts';

/** Choices of the pipeline beside time, memory and who is told. */
export type Choices = NonNullable<Limits['choices']>;

/** The entries that are given. */
export const given = <T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as never;

/** @param efforts at the root and in the search, as far as nothing else is told */
export function choicesOf(
  settings: SearchSettings,
  efforts: { readonly root: Effort; readonly domain: Effort } = { root: rootEffort, domain: domainEffort },
): Choices {
  const { maxDomains = 0, batch, forward, refineShare, refineSeconds, candidates, reduce } = settings;
  const { attackSteps, attackRestarts, attackStep } = settings;
  const details = given({ candidates, reduce: reduce as ReduceName | undefined });
  const attack = given({ steps: attackSteps, restarts: attackRestarts, relativeStep: attackStep });
  const root = effortOf(efforts.root, settings.alphaIterations, {
    alpha: settings.alphaRate,
    decay: settings.alphaDecay,
  });
  const domain = effortOf(efforts.domain, settings.betaIterations, {
    alpha: settings.betaAlphaRate,
    beta: settings.betaRate,
    decay: settings.betaDecay,
  });
  return given({
    seed: settings.seed,
    maxDomains: maxDomains > 0 && Number.isFinite(maxDomains) ? maxDomains : undefined,
    // Both children of a domain are bounded together.
    batchRows: batch === undefined ? undefined : 2 * batch,
    relaxation: settings.relaxation,
    forward: forward === 'auto' ? undefined : forward,
    method: settings.method,
    refine:
      refineShare === undefined
        ? undefined
        : { timeShare: refineShare, ...given({ secondsPerBound: refineSeconds }) },
    refineBranch: settings.refineBranch,
    certify: settings.certify,
    roundoff: settings.certify === 'never' ? undefined : settings.roundoff,
    branching: settings.branching,
    branchingDetails: Object.keys(details).length > 0 ? details : undefined,
    inputSplit: settings.inputSplit,
    sharedAlpha: settings.shareAlpha,
    intermediateIterations: settings.intermediate,
    rootEffort: root,
    domainEffort: domain,
    strongAttack: Object.keys(attack).length > 0 ? { ...strongAttack, ...attack } : undefined,
  });
}

/** An effort with other iterations or rates; undefined where none is given. */
function effortOf(
  effort: Effort,
  iterations: number | undefined,
  rates: { readonly [K in keyof Effort['rates']]?: number | undefined },
): Effort | undefined {
  const other = given(rates);
  if (iterations === undefined && Object.keys(other).length === 0) return undefined;
  const blocks =
    iterations === undefined ? effort.blocks : Math.max(1, Math.ceil(iterations / effort.blockIterations));
  return { ...effort, blocks, rates: { ...effort.rates, ...other } };
}

/** How the two children of a split may be compared. */
export const isReduction = (word: string): word is ReduceName => Object.hasOwn(reductions, word);
