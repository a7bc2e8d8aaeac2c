/** @file Several specifications of one network as one question: all must be verified, one counterexample decides. */
import { createRng } from '../../data/rng.ts';
import type { ProofRecorder } from '../../certify/record.ts';
import type { Statement } from '../../certify/statement.ts';
import { attackWithRelations } from '../relations/attackWithRelations.ts';
import { cheapAttack } from '../attackStage.ts';
import { BudgetExceeded, startBudget } from '../budget.ts';
import type { SearchProgress } from '../branchAndBound.ts';
import { confirmation, requireFormat } from './confirm.ts';
import { verifySpecification, type VerifyOptions } from '../pipeline.ts';
import type { Tools } from '../tools.ts';
import { withSingleSides } from '../singleSides.ts';
import type { Specification } from '../specification.ts';
import { verified, type ProofStep, type VerificationResult, type Verdict } from '../verdict.ts';

/** From the cheapest step to the dearest; of several boxes the dearest that was needed is named. */
const stepOrder: readonly ProofStep[] = [
  'empty',
  'ibp',
  'crown',
  'alpha-crown',
  'lp',
  'input-split',
  'bab',
  'bab-refine',
  'mip',
];

/** Options of the pipeline, with progress that tells which box is at hand. */
export interface RefuteOptions extends Omit<VerifyOptions, 'onProgress' | 'recorder'> {
  /** The question in the words of a certificate; without it no proof is confirmed by the checker. */
  readonly statement?: Statement | undefined;
  readonly onProgress?: (progress: SearchProgress & { readonly box: number; readonly boxes: number }) => void;
}

const nothingSearched = { seconds: 0, domains: 0, lowerBound: -Infinity, unstableRatio: {} };

/**
 * Verified where every specification is, falsified where one is, else unknown for the first reason met. With several
 * boxes all are attacked before the first is bounded: a counterexample in the last need not wait for the others.
 * @throws as `verifySpecification`; UserError where a format is asked for that the question does not allow
 */
export async function refuteAll(
  tools: Tools,
  given: readonly Specification[],
  options: RefuteOptions = {},
): Promise<VerificationResult> {
  const { statement, timeoutSeconds = Infinity, onProgress, ...rest } = options;
  await requireFormat(statement, rest);
  if (!statement || rest.certify === 'never') return refuteEach(tools, given, options);
  const boxes = given.length;
  const confirming = confirmation(tools, statement, {
    ...rest,
    ...(onProgress && { onProgress: (p: SearchProgress) => onProgress({ ...p, box: boxes, boxes }) }),
  });
  const started = performance.now();
  const elapsed = (): number => (performance.now() - started) / 1000;
  try {
    const result = await refuteEach(tools, given, options, confirming.record);
    const confirmed = await confirming.confirm(result, timeoutSeconds - elapsed());
    return { ...confirmed, seconds: elapsed() };
  } finally {
    confirming.close();
  }
}

/** @param record makes who is told what the proof of one of the specifications rests on */
async function refuteEach(
  tools: Tools,
  given: readonly Specification[],
  options: RefuteOptions,
  record?: (spec: Specification) => ProofRecorder,
): Promise<VerificationResult> {
  const specs = given.map(withSingleSides);
  const started = performance.now();
  const elapsed = (): number => (performance.now() - started) / 1000;
  const { timeoutSeconds = Infinity, onProgress, statement: _, ...rest } = options;
  const boxes = specs.length;
  const verify = (spec: Specification, box: number, more: VerifyOptions = {}): Promise<VerificationResult> =>
    verifySpecification(tools, spec, {
      ...rest,
      ...more,
      recorder: record?.(spec),
      timeoutSeconds: timeoutSeconds - elapsed(),
      ...(onProgress && { onProgress: (p: SearchProgress) => onProgress({ ...p, box, boxes }) }),
    });
  if (boxes === 0) return { verdict: verified('empty'), ...nothingSearched };
  if (boxes === 1) return verify(specs[0], 0);

  let attacked = 0;
  const found = await attackAll(tools, specs, options, timeoutSeconds - elapsed(), () => {
    attacked++;
    return elapsed() < timeoutSeconds / 4;
  });
  const results: VerificationResult[] = [];
  const summary = (verdict: Verdict): VerificationResult => summarize(verdict, results, elapsed());
  if (found) return summary(found);
  for (const [box, spec] of specs.entries()) {
    const done = box < attacked ? { cheapAttack: { ...cheapAttack, restarts: 0 } } : {};
    const result = await verify(spec, box, done);
    results.push(result);
    if (result.verdict.kind === 'falsified') return summary(result.verdict);
    if (elapsed() >= timeoutSeconds) break;
  }
  const open = results.find(({ verdict }) => verdict.kind === 'unknown');
  if (open) return summary(open.verdict);
  if (results.length < boxes) return summary({ kind: 'unknown', why: 'timeout' });
  const steps = results.flatMap(({ verdict }) => (verdict.kind === 'verified' ? [verdict.by] : []));
  return summary({
    kind: 'verified',
    by: steps.reduce((a, b) => (stepOrder.indexOf(b) > stepOrder.indexOf(a) ? b : a)),
  });
}

/**
 * @param remainingSeconds of the whole question
 * @param goOn asked after each box
 */
async function attackAll(
  tools: Tools,
  specs: readonly Specification[],
  options: RefuteOptions,
  remainingSeconds: number,
  goOn: () => boolean,
): Promise<Verdict | undefined> {
  const effort = options.cheapAttack ?? cheapAttack;
  if (effort.restarts === 0) return undefined;
  const { check } = startBudget({ ...options, timeoutSeconds: remainingSeconds });
  try {
    for (const [box, spec] of specs.entries()) {
      const rng = createRng(options.seed ?? 0).fork(`box/${box}`);
      const witness = await attackWithRelations(tools, spec, effort, rng, { checkpoint: check });
      if (witness) return { kind: 'falsified', by: 'attack', witness };
      if (!goOn()) return undefined;
    }
  } catch (error) {
    // The first box to be bounded says so.
    if (!(error instanceof BudgetExceeded)) throw error;
  }
  return undefined;
}

function summarize(
  verdict: Verdict,
  results: readonly VerificationResult[],
  seconds: number,
): VerificationResult {
  return {
    verdict,
    seconds,
    domains: results.reduce((sum, r) => sum + r.domains, 0),
    lowerBound: results.length === 0 ? -Infinity : Math.min(...results.map((r) => r.lowerBound)),
    unstableRatio: results[0]?.unstableRatio ?? {},
  };
}
