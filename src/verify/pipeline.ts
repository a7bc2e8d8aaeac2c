/** @file The pipeline: attack, IBP, CROWN, α-CROWN, stronger attack, branch and bound; first answer wins. */
import type { HostBounds } from '../bounds/hostBounds.ts';
import { boundMachine, machineFor } from '../bounds/machine.ts';
import { ibpBounds } from '../bounds/rootBounds.ts';
import { createRng } from '../data/rng.ts';
import type { BackendOptions } from '../engine/backend/backend.ts';
import { attacker, cheapAttack } from './attackStage.ts';
import { crownStage, intervalMargin, worstOf } from './boundStages.ts';
import { BudgetExceeded, startBudget, type Budget } from './budget.ts';
import { dropInactive } from './dropInactive.ts';
import type { Findings } from './findings.ts';
import { inputSplitStage, planInputSplit } from './inputSplit/inputSplitStage.ts';
import { requireMethodFor } from './method.ts';
import { mapInputs, originalPoint, type PreparedNetwork } from './prepare.ts';
import { proofRows } from './proofRows.ts';
import { refineStage } from './refineStage.ts';
import { attackWithRelations } from './relations/attackWithRelations.ts';
import { outputsAlone, specificationForRelations, toolsForRelations } from './relations/inputsAsOutputs.ts';
import { clippedToRelations, relationsExclude } from './relations/relations.ts';
import { confirm, replayer } from './replay.ts';
import { searchStage } from './searchStage.ts';
import { withSingleSides } from './singleSides.ts';
import { checkedLater, type Tools } from './tools.ts';
import { withoutTies } from './withoutTies.ts';
import { requireBox, type Conjunction, type Specification } from './specification.ts';
import { verified, type VerificationResult, type Verdict, type Witness } from './verdict.ts';
import { defaultIntermediateIterations, type VerifyOptions } from './verifyOptions.ts';

export type { VerifyOptions } from './verifyOptions.ts';

/** Decides specifications of one network, one after the other. */
export interface Verifier extends Tools {
  readonly verify: (spec: Specification, options?: VerifyOptions) => Promise<VerificationResult>;
}

/** @param options threads: 1 in workers */
export async function createVerifier(
  prepared: PreparedNetwork,
  options: BackendOptions = {},
): Promise<Verifier> {
  const machine = boundMachine(prepared.bounded, options);
  const parts = {
    prepared,
    machine,
    attacker: attacker(prepared.original, options),
    replayer: await replayer(prepared),
    checked: checkedLater(prepared),
  };
  return { ...parts, verify: (spec, choices = {}) => verifySpecification(parts, spec, choices) };
}

/**
 * Decides a specification.
 * @returns a verdict; running out of time or memory is `unknown`
 * @throws RangeError where the box is empty; UserError where the method cannot answer for such inputs; the signal's
 *   reason on cancellation; errors of the engine as they are
 */
export async function verifySpecification(
  tools: Tools,
  spec: Specification,
  options: VerifyOptions = {},
): Promise<VerificationResult> {
  requireBox(spec);
  const budget = startBudget(options);
  const findings: Findings = { lowerBound: -Infinity, domains: 0, unstableRatio: {} };
  let verdict: Verdict;
  try {
    verdict = await decide(tools, withSingleSides(spec), options, budget, findings);
  } catch (error) {
    if (!(error instanceof BudgetExceeded)) throw error;
    verdict = { kind: 'unknown', why: error.why };
    const reached = findings.progress?.();
    if (reached)
      Object.assign(findings, {
        domains: reached.domains,
        lowerBound: Math.max(findings.lowerBound, reached.worstBound),
      });
  } finally {
    findings.close?.();
  }
  const { lowerBound, domains, unstableRatio } = findings;
  return { verdict, seconds: budget.elapsedSeconds(), domains, lowerBound, unstableRatio };
}

async function decide(
  given: Tools,
  whole: Specification,
  options: VerifyOptions,
  budget: Budget,
  findings: Findings,
): Promise<Verdict> {
  const rng = createRng(options.seed ?? 0);
  requireMethodFor(options.method, whole.ball?.norm);
  const clipped = clippedToRelations(whole);
  if (!clipped || (clipped.inputRows?.length && (await relationsExclude(clipped)))) return verified('empty');
  const cheap = await attackWithRelations(
    given,
    clipped,
    options.cheapAttack ?? cheapAttack,
    rng.fork('cheap'),
    { checkpoint: budget.check },
  );
  if (cheap) return { kind: 'falsified', by: 'attack', witness: cheap };
  const asked = withoutTies(given, clipped);
  if (asked.unsafe.length < clipped.unsafe.length)
    options.recorder?.beyond('conditions that a tie alone would meet are refuted in exact arithmetic');
  if (asked.unsafe.length === 0) {
    findings.lowerBound = 0;
    return verified('ibp');
  }

  const related = (asked.inputRows?.length ?? 0) > 0;
  const { inputShape } = given.prepared.original.network;
  const spec = related ? specificationForRelations(asked, inputShape) : asked;
  const own = related ? await toolsForRelations(given) : given;
  const { prepared } = own;
  const box = mapInputs(prepared.inputMap, spec);
  const machine = machineFor(own.machine, box);
  const tools = { ...own, machine };
  const told = (found: Witness | undefined): Witness | undefined =>
    found && related ? outputsAlone(found) : found;

  budget.check();
  const loose = await ibpBounds(machine, box);
  findings.lowerBound = worstOf(spec.unsafe, (row) => intervalMargin(row, loose.output));
  if (findings.lowerBound > 0) return verified('ibp');

  const byPrograms = options.method === 'mip' || options.method === 'bab-refine';
  // Halves of a ball are no balls.
  const plan =
    options.inputSplit === false || byPrograms || spec.ball ? undefined : planInputSplit(given.prepared);
  if (plan) {
    const splitting = inputSplitStage(related ? given : tools, plan, asked, budget, {
      ...(options.workers !== undefined && { workers: options.workers }),
      onProgress: options.onProgress,
      recorder: options.recorder,
    });
    findings.progress = splitting.progress;
    const verdict = await splitting.run();
    const reached = splitting.progress();
    findings.domains = reached.domains;
    if (verdict?.kind !== 'falsified')
      findings.lowerBound = Math.max(findings.lowerBound, reached.worstBound);
    if (verdict) return verdict;
  }

  const unsafe = proofRows(spec.unsafe, loose.output);
  const first = await crownStage(machine, unsafe, box, budget, findings, options, 0);
  if (first.open.length === 0) return verified('crown');
  const iterations = options.intermediateIterations ?? defaultIntermediateIterations;
  const crown =
    iterations === 0
      ? first
      : await crownStage(machine, first.open, box, budget, findings, options, iterations, first.root);
  if (crown.open.length === 0) return verified('alpha-crown');

  let witness: Witness | undefined;
  const tryCandidate = async (point: Float32Array): Promise<boolean> => {
    witness = told(
      await confirm(tools.replayer, spec, originalPoint(prepared.inputMap, point, spec.lower, spec.upper)),
    );
    return witness !== undefined;
  };
  const smaller = options.dropInactive === true ? dropInactive(machine.net, crown.root) : undefined;
  const question = smaller
    ? { machine: machine.another(smaller.net), root: smaller.root }
    : { machine, root: crown.root };
  const refine = (open: readonly Conjunction[]): Promise<HostBounds | undefined> =>
    refineStage(question.machine, box, question.root, budget, {
      ...options,
      open: open.length,
      worstBound: findings.lowerBound,
      bounds: { alphaIterations: iterations, slope: options.relaxation, sharedAlpha: options.sharedAlpha },
    });
  if (options.method === 'mip') {
    const { mipStage } = await import('./mipStage.ts');
    const root = (await refine(crown.open)) ?? question.root;
    const ended = await mipStage(
      question.machine.net,
      box,
      root,
      crown.open,
      budget,
      tryCandidate,
      options.recorder,
    );
    if (ended === 'proved') return verified('mip');
    if (ended === 'falsified') return { kind: 'falsified', by: 'mip', witness: witness! };
    return { kind: 'unknown', why: ended };
  }
  return searchStage(
    {
      ...question,
      box,
      open: crown.open,
      tryCandidate,
      confirmed: () => witness!,
      attack: (effort, aims) =>
        attackWithRelations(given, asked, effort, rng.fork('strong'), {
          checkpoint: budget.check,
          aims: aims.map((conjunction) => unsafe.indexOf(conjunction)),
        }),
      refine,
    },
    options,
    budget,
    findings,
  );
}
