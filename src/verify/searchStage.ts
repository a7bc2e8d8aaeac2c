/** @file The stage of the search: α on the open conditions, a stronger attack, branch and bound. */
import { constantBiases } from '../bounds/biases.ts';
import type { Box } from '../bounds/box.ts';
import type { HostBounds } from '../bounds/hostBounds.ts';
import type { BoundMachine } from '../bounds/machine.ts';
import { alphaStage } from './boundStages.ts';
import { strongAttack, type AttackEffort } from './attackStage.ts';
import { branchAndBound, type BranchAndBoundOptions } from './branchAndBound.ts';
import { branchRefiner, type RefineBranch } from './branchRefiner.ts';
import { bestCandidates } from './branching/choose.ts';
import type { BranchingHeuristic } from './branching/heuristic.ts';
import { branchingHeuristics } from './branching/table.ts';
import type { Budget } from './budget.ts';
import type { Domain } from './domain.ts';
import type { Findings } from './findings.ts';
import { parallelRows } from './parallel/parallelRows.ts';
import { domainEffort, rootEffort } from './rowSearch.ts';
import type { Conjunction } from './specification.ts';
import { verified, type Verdict, type Witness } from './verdict.ts';
import { defaultIntermediateIterations, type VerifyOptions } from './verifyOptions.ts';

const defaultRefineBranch: RefineBranch = 'never';

/** What the bounds have left to the search. */
export interface OpenQuestion {
  readonly machine: BoundMachine;
  readonly box: Box;
  /** Intermediate bounds of the box. */
  readonly root: HostBounds;
  readonly open: readonly Conjunction[];
  /** Tries a point of the box on the original network. */
  readonly tryCandidate: (point: Float32Array) => Promise<boolean>;
  /** The point that `tryCandidate` has confirmed. */
  readonly confirmed: () => Witness;
  readonly attack: (effort: AttackEffort, aims: readonly Conjunction[]) => Promise<Witness | undefined>;
  /** Tighter intermediate bounds by programs; undefined where the network is too large for them. */
  readonly refine: (open: readonly Conjunction[]) => Promise<HostBounds | undefined>;
}

/**
 * Decides what bounds have left open.
 * @throws BudgetExceeded; `findings` then still tells how far it came
 */
export async function searchStage(
  given: OpenQuestion,
  options: VerifyOptions,
  budget: Budget,
  findings: Findings,
): Promise<Verdict> {
  const { machine, box, tryCandidate, confirmed } = given;
  const iterations = options.intermediateIterations ?? defaultIntermediateIterations;
  const workers = options.workers ?? 1;
  const begin = async (from: HostBounds, unsafeThere: readonly Conjunction[]) => {
    findings.close?.();
    const rows = parallelRows(machine, box, from, { workers, slope: options.relaxation });
    findings.close = rows.close;
    const alpha = await alphaStage(rows, unsafeThere, options.rootEffort ?? rootEffort, budget);
    options.recorder?.search(machine.net, rows.sites);
    for (const { conjunction, part, alpha: slopes, lower } of alpha)
      if (lower > 0)
        options.recorder?.closed({
          conjunction,
          part,
          splits: [],
          alpha: slopes,
          beta: new Float32Array(0),
          by: 'bound',
        });
    findings.lowerBound = Math.max(findings.lowerBound, Math.min(...alpha.map((a) => a.lower)));
    return { root: from, search: rows, open: alpha.filter((a) => a.lower <= 0) };
  };
  let begun = await begin(given.root, given.open);
  if (begun.open.length === 0) return verified('alpha-crown');

  const strong = await given.attack(
    options.strongAttack ?? strongAttack,
    begun.open.map(({ conjunction }) => conjunction),
  );
  if (strong) return { kind: 'falsified', by: 'attack', witness: strong };
  budget.check();

  let by: 'bab' | 'bab-refine' = 'bab';
  if (options.method === 'bab-refine') {
    const conjunctions = begun.open.map((o) => o.conjunction);
    const root = await given.refine(conjunctions);
    if (root) {
      by = 'bab-refine';
      options.recorder?.beyond('integer program');
      begun = await begin(root, conjunctions);
      if (begun.open.length === 0) return verified(by);
    }
  }
  const { root, search, open } = begun;
  const heuristic: BranchingHeuristic = {
    ...branchingHeuristics.named(options.branching ?? 'intercept'),
    ...options.branchingDetails,
  };
  const biases = constantBiases(machine.net, search.sites);
  const roots = open.map((found, row): Domain => ({
    row,
    splits: [],
    lower: found.lower,
    alpha: found.alpha,
    beta: new Float32Array(0),
    candidates: bestCandidates(heuristic, search.sites, biases, {
      splits: [],
      seen: found.seen,
    }),
  }));
  let exact: Promise<NonNullable<BranchAndBoundOptions['decideLeaf']>> | undefined;
  /** The LP solver is loaded when the first leaf needs it. */
  const leafDecider = async (): Promise<NonNullable<BranchAndBoundOptions['decideLeaf']>> => {
    const { exactLeaf } = await import('./exact/exactLeaf.ts');
    return exactLeaf(machine.net, box, root, search.sites, {
      tryCandidate,
      onClosed: (part, conjunction) => options.recorder?.closed({ ...part, conjunction, by: 'programs' }),
      checkpoint: budget.check,
      remainingSeconds: budget.remainingSeconds,
    }).decideLeaf;
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
      onClosed: ({ row, ...leaf }) =>
        options.recorder?.closed({ ...leaf, conjunction: open[row].conjunction }),
      tryCandidate,
      decideLeaf: async (domain, conjunction) => (await (exact ??= leafDecider()))(domain, conjunction),
    },
  );
  findings.progress = running.progress;
  const { end, domains, worstBound } = await running.run();
  findings.domains = domains;
  findings.lowerBound = Math.max(findings.lowerBound, worstBound);
  if (end.kind === 'proved') return verified(by);
  if (end.kind === 'falsified') return { kind: 'falsified', by, witness: confirmed() };
  return { kind: 'unknown', why: 'numerical' };
}
