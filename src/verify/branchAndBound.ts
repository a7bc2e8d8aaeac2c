/** @file Branch and bound over nonlinear neurons with β-CROWN, in batches, until every domain is closed or the budget ends. */
import type { BranchRefiner } from './branchRefiner.ts';
import { reductions, type BranchingHeuristic } from './branching/heuristic.ts';
import { bestCandidates } from './branching/choose.ts';
import { BudgetExceeded, type Budget } from './budget.ts';
import {
  domainQueue,
  type BranchingCandidate,
  type Domain,
  type DomainBounds,
  type Split,
} from './domain.ts';
import { probeEffort, type Effort, type RowOutcome, type RowSearch, type RowTask } from './rowSearch.ts';
import type { Conjunction } from './specification.ts';

/** Live figures of a search. */
export interface SearchProgress {
  readonly domains: number;
  readonly open: number;
  readonly worstBound: number;
  /** What is being done, where it is not the search itself. */
  readonly step?: string;
}

export interface BranchAndBoundOptions {
  readonly heuristic: BranchingHeuristic;
  readonly effort: Effort;
  /** Rows bounded in one run. */
  readonly batchRows: number;
  /** A point of the box that the bounded network misclassifies: true if it is confirmed on the original. */
  readonly tryCandidate: (point: Float32Array) => Promise<boolean>;
  /** Decides a domain whose neurons are all fixed; `undefined` where no exact solver is at hand. */
  readonly decideLeaf?: (
    domain: Domain,
    conjunction: Conjunction,
  ) => Promise<'closed' | 'falsified' | undefined>;
  /** Told of every domain that is closed, but by `decideLeaf`. */
  readonly onClosed?: ((leaf: ClosedLeaf) => void) | undefined;
  /** Computes intermediate bounds again along the branch; absent: the box's bounds serve everywhere. */
  readonly refiner?: BranchRefiner | undefined;
  readonly onProgress?: ((progress: SearchProgress) => void) | undefined;
}

/** A domain that holds no counterexample, and why. */
export interface ClosedLeaf extends Pick<Domain, 'row' | 'splits' | 'alpha' | 'beta'> {
  /** Which of its conjunction's rows is above 0; absent where no single row is. */
  readonly part?: number;
  /** What shows it: the row's bound, or bounds of neurons that contradict one another. */
  readonly by: 'bound' | 'empty';
}

export type SearchEnd =
  | { readonly kind: 'proved' }
  | { readonly kind: 'falsified' }
  | { readonly kind: 'leaf' };

export interface SearchResult {
  readonly end: SearchEnd;
  readonly domains: number;
  readonly worstBound: number;
}

/** The search over one specification's open conjunctions. */
export interface Search {
  /** @throws BudgetExceeded; `progress` then still tells how far the search came */
  readonly run: () => Promise<SearchResult>;
  readonly progress: () => SearchProgress;
}

/** A domain before it is bounded. */
interface Child {
  readonly row: number;
  readonly splits: readonly Split[];
  readonly alpha?: readonly Uint8Array[];
  readonly beta?: Float32Array;
  readonly bounds?: DomainBounds | undefined;
  readonly refinedSplits?: number | undefined;
  /** Bound of the parent: children are never worse. */
  readonly parentLower: number;
}

/** A child, its best row, and that row's place in the conjunction. */
interface BoundedChild {
  readonly child: Child;
  readonly best: RowOutcome;
  readonly part: number;
  readonly lower: number;
}

/**
 * @param conjunctions what is still to be refuted
 * @param roots bounds of the undivided box, one domain for each conjunction
 * @param biases bias before each compact neuron, by site number
 */
export function branchAndBound(
  search: RowSearch,
  conjunctions: readonly Conjunction[],
  roots: readonly Domain[],
  biases: readonly Float32Array[],
  budget: Budget,
  options: BranchAndBoundOptions,
): Search {
  const { heuristic, effort, batchRows, tryCandidate, decideLeaf, onClosed, refiner, onProgress } = options;
  const queue = domainQueue();
  for (const domain of roots) queue.push(domain);
  let domains = 0;
  let stuckLeaf = false;
  let stuckBound = Infinity;
  /** Least bound among domains taken from the queue and not yet replaced by their children, and stuck leaves. */
  let outside = Infinity;
  const progress = (): SearchProgress => ({
    domains,
    open: queue.size(),
    worstBound: Math.min(queue.least(), outside),
  });

  /** Bounds children; a conjunction of several rows is closed by its best row. */
  const boundChildren = async (children: readonly Child[], how: Effort): Promise<BoundedChild[]> => {
    const owners: number[] = [];
    const tasks: RowTask[] = children.flatMap((child, c) =>
      conjunctions[child.row].map((row) => {
        owners.push(c);
        const { splits, bounds, alpha, beta } = child;
        return { row, splits, bounds, alpha, beta };
      }),
    );
    const outcomes: RowOutcome[] = [];
    for (let from = 0; from < tasks.length; from += batchRows)
      outcomes.push(
        ...(await search.bound(
          tasks.slice(from, from + batchRows),
          how,
          (_, lower) => lower > 0,
          budget.check,
        )),
      );
    return children.map((child, c) => {
      const mine = outcomes.filter((_, t) => owners[t] === c);
      const best = mine.reduce((a, b) => (b.lower > a.lower ? b : a));
      return { child, best, part: mine.indexOf(best), lower: Math.max(best.lower, child.parentLower) };
    });
  };

  const split = (domain: Domain, candidate: BranchingCandidate): Child[] =>
    ([1, -1] as const).map((side) => ({
      row: domain.row,
      splits: [...domain.splits, { ...candidate, side }],
      alpha: domain.alpha,
      beta: domain.beta,
      bounds: domain.bounds,
      refinedSplits: domain.refinedSplits,
      parentLower: domain.lower,
    }));

  /** Filtered smart branching: bounds both children of each candidate once; the best by what they come to wins. */
  const chooseCandidates = async (batch: readonly Domain[]): Promise<BranchingCandidate[]> => {
    if (batch.every((d) => d.candidates.length === 1)) return batch.map((d) => d.candidates[0]);
    const trials = batch.flatMap((domain, d) =>
      domain.candidates.map((candidate) => ({ d, candidate, children: split(domain, candidate) })),
    );
    const bounded = await boundChildren(
      trials.flatMap((t) => t.children),
      probeEffort,
    );
    const reduce = reductions[heuristic.reduce ?? 'min'];
    const scores = trials.map((_, t) => reduce(bounded[2 * t].best.lower, bounded[2 * t + 1].best.lower));
    return batch.map((_, d) => {
      let chosen = -1;
      trials.forEach((trial, t) => {
        if (trial.d === d && (chosen < 0 || scores[t] > scores[chosen])) chosen = t;
      });
      return trials[chosen].candidate;
    });
  };

  const takeBatch = (): Domain[] => {
    const batch: Domain[] = [];
    for (let rows = 0; queue.size() > 0;) {
      const domain = queue.pop()!;
      rows += 2 * conjunctions[domain.row].length;
      batch.push(domain);
      if (rows >= batchRows) break;
    }
    return batch;
  };

  /** True once a counterexample is confirmed. */
  const settleLeaves = async (batch: readonly Domain[]): Promise<boolean> => {
    for (const leaf of batch.filter((d) => d.candidates.length === 0)) {
      const decided = await decideLeaf?.(leaf, conjunctions[leaf.row]);
      if (decided === 'falsified') return true;
      if (decided === undefined) {
        stuckLeaf = true;
        stuckBound = Math.min(stuckBound, leaf.lower);
      }
    }
    return false;
  };

  /** Queues what bounding leaves open. True once a counterexample is confirmed. */
  const keepOpen = async (bounded: readonly BoundedChild[]): Promise<boolean> => {
    for (const { child, best, part, lower } of bounded) {
      if (lower > 0) {
        const { row, splits } = child;
        onClosed?.({ row, splits, part, alpha: best.alpha, beta: best.beta, by: 'bound' });
        continue;
      }
      if (best.candidateMargin <= 0 && (await tryCandidate(best.candidate()))) return true;
      const { row, splits, bounds, refinedSplits } = child;
      const { alpha, beta, seen } = best;
      const candidates = bestCandidates(heuristic, search.sites, biases, { splits, bounds, seen });
      queue.push({ row, splits, bounds, refinedSplits, lower, alpha, beta, candidates });
    }
    return false;
  };

  /**
   * Computes bounds again for the domains of a batch where that pays; those are bounded on them and queued again.
   * @returns the others, and whether a counterexample was confirmed
   */
  const refineSome = async (
    batch: readonly Domain[],
    how: BranchRefiner,
  ): Promise<{ rest: readonly Domain[]; falsified: boolean }> => {
    const rest: Domain[] = [];
    const again: Child[] = [];
    for (const domain of batch) {
      if (!how.wanted(domain, domains)) {
        rest.push(domain);
        continue;
      }
      const bounds = await how.refine(domain);
      if (bounds === 'empty') {
        onClosed?.({ ...domain, by: 'empty' });
        continue;
      }
      const { splits, lower } = domain;
      const same: Child = { ...domain, parentLower: -Infinity };
      const refined: Child = { ...same, bounds, refinedSplits: splits.length, parentLower: lower };
      again.push(refined);
      if (!how.measuring()) continue;
      const [plain, tight] = await boundChildren([same, { ...refined, parentLower: -Infinity }], effort);
      domains += 2;
      how.learn(domain, plain.lower, tight.lower);
    }
    if (again.length === 0) return { rest, falsified: false };
    domains += again.length;
    return { rest, falsified: await keepOpen(await boundChildren(again, effort)) };
  };

  const run = async (): Promise<SearchResult> => {
    const falsified = (): SearchResult => ({
      end: { kind: 'falsified' },
      domains,
      worstBound: -Infinity,
    });
    while (queue.size() > 0) {
      budget.check();
      if (queue.bytes() > budget.memoryBytes) throw new BudgetExceeded('memory');
      if (domains >= budget.maxDomains) throw new BudgetExceeded('timeout');
      const taken = takeBatch();
      outside = Math.min(stuckBound, ...taken.map((d) => d.lower));
      if (await settleLeaves(taken)) return falsified();
      let batch: readonly Domain[] = taken.filter((d) => d.candidates.length > 0);
      if (refiner) {
        const some = await refineSome(batch, refiner);
        if (some.falsified) return falsified();
        batch = some.rest;
      }
      if (batch.length === 0) continue;
      const chosen = await chooseCandidates(batch);
      const children = batch.flatMap((domain, d) => split(domain, chosen[d]));
      const bounded = await boundChildren(children, effort);
      domains += children.length;
      if (await keepOpen(bounded)) return falsified();
      outside = stuckBound;
      onProgress?.(progress());
    }
    return { end: { kind: stuckLeaf ? 'leaf' : 'proved' }, domains, worstBound: stuckLeaf ? stuckBound : 0 };
  };
  return { run, progress };
}
