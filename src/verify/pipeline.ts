/** @file The pipeline: attack, IBP, CROWN, α-CROWN, stronger attack, branch and bound; first answer wins. */
import { constantBiases } from '../bounds/biases.ts';
import type { Box } from '../bounds/box.ts';
import type { HostBounds } from '../bounds/hostBounds.ts';
import type { LowerSlope } from '../bounds/rules/relu.ts';
import { boundMachine, machineFor, type BoundMachine } from '../bounds/machine.ts';
import { ibpBounds, rootBounds, type ForwardBounds } from '../bounds/rootBounds.ts';
import { crownRows } from '../bounds/rowBounds.ts';
import { createRng } from '../data/rng.ts';
import type { SessionOptions } from '../engine/session.ts';
import { attackOnce } from './attackOnce.ts';
import { attacker, cheapAttack, strongAttack, type AttackEffort, type Attacker } from './attackStage.ts';
import { branchAndBound, type BranchAndBoundOptions, type SearchProgress } from './branchAndBound.ts';
import { branchRefiner, type RefineBranch } from './branchRefiner.ts';
import { bestCandidates } from './branching/choose.ts';
import { branchingHeuristics, type BranchingName } from './branching/table.ts';
import { BudgetExceeded, startBudget, type Budget, type BudgetOptions } from './budget.ts';
import type { Domain } from './domain.ts';
import { inputSplitStage, planInputSplit } from './inputSplit/inputSplitStage.ts';
import { requireMethodFor, type Method } from './method.ts';
import { mapInputs, originalPoint, type PreparedNetwork } from './prepare.ts';
import { proofRows } from './proofRows.ts';
import { refineStage, type RefineChoices } from './refineStage.ts';
import { confirm, replayer, type Replayer } from './replay.ts';
import { parallelRows } from './parallel/parallelRows.ts';
import { domainEffort, rootEffort, type Effort, type rowSearch } from './rowSearch.ts';
import { withSingleSides } from './singleSides.ts';
import type { Conjunction, Specification } from './specification.ts';
import type { ProofStep, VerificationResult, Verdict, Witness } from './verdict.ts';

/** Choices of one verification; defaults follow α,β-CROWN. */
export interface VerifyOptions extends BudgetOptions {
  readonly branching?: BranchingName;
  readonly cheapAttack?: AttackEffort;
  readonly strongAttack?: AttackEffort;
  readonly rootEffort?: Effort;
  readonly domainEffort?: Effort;
  /** α iterations on intermediate bounds once CROWN has left rows open; 0: CROWN's bounds stay. Default 20. */
  readonly intermediateIterations?: number;
  /** Lower line of an unstable ReLU in CROWN, and where α starts. Default: adaptive. */
  readonly relaxation?: LowerSlope;
  /** One α for the neurons of a layer that are bounded together, instead of one for each. Default: false. */
  readonly sharedAlpha?: boolean;
  /** Forward linear bounds of intermediate neurons; default: before backward walks where inputs are few. */
  readonly forward?: ForwardBounds;
  /** Rows bounded in one run of the search. */
  readonly batchRows?: number;
  /** Input splitting before all other bounds; default: where it pays (planInputSplit). */
  readonly inputSplit?: boolean;
  /**
   * What decides what bounds leave open: branch and bound (default), the same on intermediate bounds refined by
   * integer programs, or integer programs alone (on refined bounds too).
   */
  readonly method?: Method;
  /** Effort of refining. */
  readonly refine?: RefineChoices;
  /** Intermediate bounds computed again along the branch: where it is measured to pay, or never. */
  readonly refineBranch?: RefineBranch;
  /** Threads that share the batches of a longer search (parallelRows); default 1. */
  readonly workers?: number;
  readonly seed?: number;
  readonly onProgress?: (progress: SearchProgress) => void;
}

/** One network with everything compiled for it; use it for many specifications, one after the other. */
export interface Verifier {
  readonly prepared: PreparedNetwork;
  readonly machine: BoundMachine;
  readonly attacker: Attacker;
  readonly replayer: Replayer;
  readonly verify: (spec: Specification, options?: VerifyOptions) => Promise<VerificationResult>;
}

/** @param options threads: 1 in workers */
export async function createVerifier(
  prepared: PreparedNetwork,
  options: SessionOptions = {},
): Promise<Verifier> {
  const machine = boundMachine(prepared.bounded, options);
  const parts = {
    prepared,
    machine,
    attacker: attacker(prepared.original, options),
    replayer: await replayer(prepared),
  };
  return { ...parts, verify: (spec, choices = {}) => verifySpecification(parts, spec, choices) };
}

/** What is known so far; grows step by step so that a spent budget still reports it. */
interface Findings {
  lowerBound: number;
  domains: number;
  unstableRatio: Record<string, number>;
  progress?: () => SearchProgress;
  /** Ends threads. */
  close?: () => void;
}

type Tools = Omit<Verifier, 'verify'>;

/**
 * Decides a specification.
 * @returns a verdict; running out of time or memory is `unknown`
 * @throws UserError where the method cannot answer for such inputs; the signal's reason on cancellation; errors of the
 *   engine as they are
 */
export async function verifySpecification(
  tools: Tools,
  spec: Specification,
  options: VerifyOptions = {},
): Promise<VerificationResult> {
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

/** α iterations on intermediate bounds, where CROWN alone does not decide. */
const defaultIntermediateIterations = 20;
const defaultRefineBranch: RefineBranch = 'never';

const verified = (by: ProofStep): Verdict => ({ kind: 'verified', by });

async function decide(
  given: Tools,
  spec: Specification,
  options: VerifyOptions,
  budget: Budget,
  findings: Findings,
): Promise<Verdict> {
  const rng = createRng(options.seed ?? 0);
  requireMethodFor(options.method, spec.ball?.norm);
  const { prepared } = given;
  const box = mapInputs(prepared.inputMap, spec);
  const machine = machineFor(given.machine, box);
  const tools = { ...given, machine };
  const cheap = await attackOnce(tools, spec, options.cheapAttack ?? cheapAttack, rng.fork('cheap'), {
    checkpoint: budget.check,
  });
  if (cheap) return { kind: 'falsified', by: 'attack', witness: cheap };

  budget.check();
  const loose = await ibpBounds(machine, box);
  findings.lowerBound = worstOf(spec.unsafe, (row) => intervalMargin(row, loose.output));
  if (findings.lowerBound > 0) return verified('ibp');

  const byPrograms = options.method === 'mip' || options.method === 'bab-refine';
  // Halves of a ball are no balls.
  const plan = options.inputSplit === false || byPrograms || spec.ball ? undefined : planInputSplit(prepared);
  if (plan) {
    const splitting = inputSplitStage(tools, plan, spec, budget, {
      ...(options.workers !== undefined && { workers: options.workers }),
      onProgress: options.onProgress,
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
  const first = await crownStage(tools, unsafe, box, budget, findings, options, 0);
  if (first.open.length === 0) return verified('crown');
  const iterations = options.intermediateIterations ?? defaultIntermediateIterations;
  const crown =
    iterations === 0
      ? first
      : await crownStage(tools, first.open, box, budget, findings, options, iterations, first.root);
  if (crown.open.length === 0) return verified('alpha-crown');

  let witness: Witness | undefined;
  const tryCandidate = async (point: Float32Array): Promise<boolean> => {
    witness = await confirm(
      tools.replayer,
      spec,
      originalPoint(prepared.inputMap, point, spec.lower, spec.upper),
    );
    return witness !== undefined;
  };
  const refined = (open: readonly Conjunction[]): Promise<HostBounds | undefined> =>
    refineStage(machine, box, crown.root, budget, {
      ...options,
      open: open.length,
      worstBound: findings.lowerBound,
      bounds: { alphaIterations: iterations, slope: options.relaxation, sharedAlpha: options.sharedAlpha },
    });
  if (options.method === 'mip') {
    const { mipStage } = await import('./mipStage.ts');
    const root = (await refined(crown.open)) ?? crown.root;
    const ended = await mipStage(prepared.bounded, box, root, crown.open, budget, tryCandidate);
    if (ended === 'proved') return verified('mip');
    if (ended === 'falsified') return { kind: 'falsified', by: 'mip', witness: witness! };
    return { kind: 'unknown', why: ended };
  }

  const workers = options.workers ?? 1;
  const begin = async (from: HostBounds, unsafeThere: readonly Conjunction[]) => {
    findings.close?.();
    const rows = parallelRows(machine, box, from, { workers, slope: options.relaxation });
    findings.close = rows.close;
    const alpha = await alphaStage(rows, unsafeThere, options.rootEffort ?? rootEffort, budget);
    findings.lowerBound = Math.max(findings.lowerBound, Math.min(...alpha.map((a) => a.lower)));
    return { root: from, search: rows, open: alpha.filter((a) => a.lower <= 0) };
  };
  let begun = await begin(crown.root, crown.open);
  if (begun.open.length === 0) return verified('alpha-crown');

  const strong = await attackOnce(tools, spec, options.strongAttack ?? strongAttack, rng.fork('strong'), {
    checkpoint: budget.check,
    aims: begun.open.map(({ conjunction }) => unsafe.indexOf(conjunction)),
  });
  if (strong) return { kind: 'falsified', by: 'attack', witness: strong };
  budget.check();

  let by: 'bab' | 'bab-refine' = 'bab';
  if (options.method === 'bab-refine') {
    const conjunctions = begun.open.map((o) => o.conjunction);
    const root = await refined(conjunctions);
    if (root) {
      by = 'bab-refine';
      begun = await begin(root, conjunctions);
      if (begun.open.length === 0) return verified(by);
    }
  }
  const { root, search, open } = begun;
  const heuristic = branchingHeuristics[options.branching ?? 'intercept'];
  const biases = constantBiases(prepared.bounded, search.sites);
  const roots = open.map((found, row): Domain => ({
    row,
    splits: [],
    lower: found.lower,
    alpha: found.alpha,
    beta: new Float32Array(0),
    candidates: bestCandidates(heuristic, search.sites, biases, {
      splits: [],
      coefficients: found.coefficients,
    }),
  }));
  let exact: Promise<NonNullable<BranchAndBoundOptions['decideLeaf']>> | undefined;
  /** The LP solver is loaded when the first leaf needs it. */
  const leafDecider = async (): Promise<NonNullable<BranchAndBoundOptions['decideLeaf']>> => {
    const { exactLeaf } = await import('./exact/exactLeaf.ts');
    const limits = { tryCandidate, checkpoint: budget.check, remainingSeconds: budget.remainingSeconds };
    return exactLeaf(prepared.bounded, box, root, search.sites, limits).decideLeaf;
  };
  const effort = options.domainEffort ?? domainEffort;
  const refiner =
    (options.refineBranch ?? defaultRefineBranch) === 'auto'
      ? branchRefiner(
          machine,
          box,
          root,
          search.sites,
          open.map(({ lower }) => lower),
          effort.blocks * effort.blockIterations,
          {
            alphaIterations: iterations || defaultIntermediateIterations,
            slope: options.relaxation,
            checkpoint: budget.check,
          },
        )
      : undefined;
  const running = branchAndBound(
    search,
    open.map((o) => o.conjunction),
    roots,
    biases,
    budget,
    {
      heuristic,
      effort,
      batchRows: (options.batchRows ?? 64) * workers,
      refiner,
      onProgress: options.onProgress,
      tryCandidate,
      decideLeaf: async (domain, conjunction) => (await (exact ??= leafDecider()))(domain, conjunction),
    },
  );
  findings.progress = running.progress;
  const { end, domains, worstBound } = await running.run();
  findings.domains = domains;
  findings.lowerBound = Math.max(findings.lowerBound, worstBound);
  if (end.kind === 'proved') return verified(by);
  if (end.kind === 'falsified') return { kind: 'falsified', by, witness: witness! };
  return { kind: 'unknown', why: 'numerical' };
}

/** min over conjunctions of max over rows. */
const worstOf = (unsafe: readonly Conjunction[], bound: (row: Conjunction[number]) => number): number =>
  Math.min(...unsafe.map((rows) => Math.max(...rows.map(bound))));

/** Lower bound of coefficients·y − bound over an interval; f64 sums of few terms, so the interval's own slack suffices. */
function intervalMargin(
  { coefficients, bound }: Conjunction[number],
  { lower, upper }: { lower: Float32Array; upper: Float32Array },
): number {
  return coefficients.reduce(
    (sum, c, i) => sum + (c === 0 ? 0 : c > 0 ? c * lower[i] : c * upper[i]),
    -bound,
  );
}

/**
 * Intermediate bounds (CROWN's, or α on top of `known` ones), then all rows at once.
 * @returns the bounds, and the conjunctions that no row closes
 */
async function crownStage(
  { machine }: Tools,
  unsafe: readonly Conjunction[],
  box: Box,
  budget: Budget,
  findings: Findings,
  { relaxation, sharedAlpha, forward }: VerifyOptions,
  alphaIterations: number,
  known?: HostBounds,
): Promise<{ root: HostBounds; open: Conjunction[] }> {
  const root = await rootBounds(machine, box, {
    checkpoint: budget.check,
    alphaIterations,
    slope: relaxation,
    sharedAlpha,
    forward,
    ...(known && { known }),
  });
  findings.unstableRatio = unstableRatios(root);
  const rows = unsafe.flat();
  const outputs = rows[0].coefficients.length;
  const flat = new Float32Array(rows.length * outputs);
  rows.forEach(({ coefficients }, i) => flat.set(coefficients, i * outputs));
  const { lower, rounding } = await crownRows(machine, box, root, flat, rows.length, relaxation);
  const bounds = new Map(rows.map((row, i) => [row, lower[i] - rounding[i] - row.bound]));
  findings.lowerBound = Math.max(
    findings.lowerBound,
    worstOf(unsafe, (row) => bounds.get(row)!),
  );
  return {
    root,
    open: unsafe.filter((conjunction) => Math.max(...conjunction.map((row) => bounds.get(row)!)) <= 0),
  };
}

interface AlphaOutcome {
  readonly conjunction: Conjunction;
  readonly lower: number;
  readonly alpha: readonly Uint8Array[];
  readonly coefficients: readonly Float32Array[];
}

/** α-CROWN on the rows that are still open; each conjunction keeps its best row. */
async function alphaStage(
  search: ReturnType<typeof rowSearch>,
  open: readonly Conjunction[],
  effort: Effort,
  budget: Budget,
): Promise<AlphaOutcome[]> {
  const tasks = open.flatMap((conjunction) => conjunction.map((row) => ({ row, splits: [] })));
  const outcomes = await search.bound(tasks, effort, (_, lower) => lower > 0, budget.check);
  let at = 0;
  return open.map((conjunction) => {
    const mine = outcomes.slice(at, (at += conjunction.length));
    const best = mine.reduce((a, b) => (b.lower > a.lower ? b : a));
    return { conjunction, lower: best.lower, alpha: best.alpha, coefficients: best.coefficients };
  });
}

function unstableRatios(root: HostBounds): Record<string, number> {
  return Object.fromEntries(
    Object.entries(root).map(([name, { lower, upper }]) => {
      let unstable = 0;
      for (let i = 0; i < lower.length; i++) if (lower[i] < 0 && upper[i] > 0) unstable++;
      return [name, lower.length === 0 ? 0 : unstable / lower.length];
    }),
  );
}
