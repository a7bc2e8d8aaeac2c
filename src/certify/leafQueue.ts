/** @file Leaves in batches: each is tried with the checker's own walk, and split further where it stays open. */
import type { Step } from '../check/certificate/steps.ts';
import type { CheckSession, LeafProof, Path } from '../check/contracts.ts';
import { splitFurther, type RowBudget } from './furtherSplits.ts';
import type { TriedLeaf } from './tighten.ts';
import { workOfRow } from './work.ts';

/** A proof is not confirmed: a leaf's bound stays at or below 0, whatever is tried. */
export class OpenLeaf extends Error {
  override readonly name = 'OpenLeaf';
  readonly bound: number;
  constructor(bound: number) {
    super(`a leaf is open with the bound ${bound}`);
    this.bound = bound;
  }
}

/** A leaf whose turn comes with its batch: proofs in the order in which they are tried. */
export interface PendingLeaf {
  readonly path: Path;
  readonly conjunction: number;
  readonly proofs: readonly LeafProof[];
}

/** In which arithmetic leaves are asked, of all sets: the session's format until one holds in the reals alone, as in the checker. */
export interface Standing {
  inReals: boolean;
  /** Whether a proof in real arithmetic is one of what is asked. */
  readonly realsSuffice: boolean;
}

export interface LeafQueue {
  /** A step that comes as it is, in its turn. */
  readonly push: (step: Step) => void;
  /** @throws OpenLeaf */
  readonly wait: (leaf: PendingLeaf) => void;
  /** Tries what waits, and emits everything in order. @throws OpenLeaf */
  readonly flush: () => void;
}

const batchLeaves = 32;

/**
 * Work that leaves may cost beyond being tried: of one set to hold in float32 as well, and to hold at all. Whatever share the
 * check has: a verdict must not depend on it, and what is no proof should be found out within the least that is allowed.
 */
const furtherWork = { float: 4e8, real: 1.2e9 };

/** Rows that may be walked for open leaves. */
export const rowBudgets = (
  session: CheckSession,
): { readonly float: RowBudget; readonly real: RowBudget } => ({
  float: { rows: furtherWork.float / workOfRow(session) },
  real: { rows: furtherWork.real / workOfRow(session) },
});

/**
 * @param budgets of `rowBudgets`, shared by the queues of a set
 * @param closed told the bound of each leaf
 * @param checkpoint called between batches; throws to stop
 */
export function leafQueue(
  session: CheckSession,
  standing: Standing,
  budgets: ReturnType<typeof rowBudgets>,
  emit: (step: Step) => void,
  closed: (bound: number) => void,
  checkpoint: () => void,
): LeafQueue {
  let queue: (Step | PendingLeaf)[] = [];
  let pending = 0;
  const reals: CheckSession = { ...session, leaves: (leaves) => session.leaves(leaves, true) };
  const own = (): CheckSession => (standing.inReals ? reals : session);

  /** The first proof of each leaf that closes it, or its best. */
  const tried = (asker: CheckSession, leaves: readonly PendingLeaf[]): TriedLeaf[] => {
    const best = leaves.map(({ path, conjunction, proofs: [proof] }): TriedLeaf => ({
      path,
      conjunction,
      proof,
      bound: Number.NEGATIVE_INFINITY,
    }));
    for (let round = 0; ; round++) {
      const open = [...leaves.keys()].filter((k) => !(best[k].bound > 0) && round < leaves[k].proofs.length);
      if (open.length === 0) return best;
      const asked = open.map((k) => ({ ...best[k], proof: leaves[k].proofs[round] }));
      const bounds = asker.leaves(asked);
      open.forEach((k, i) => {
        if (bounds[i] > best[k].bound) best[k] = { ...asked[i], bound: bounds[i] };
      });
    }
  };

  const further = (leaf: TriedLeaf): boolean => {
    const budget = standing.inReals ? budgets.real : budgets.float;
    const ended = leaf.bound > 0 ? closedBy(leaf) : splitFurther(own(), leaf, budget, checkpoint);
    for (const step of ended?.steps ?? []) emit(step);
    for (const bound of ended?.bounds ?? []) closed(bound);
    return ended !== undefined;
  };

  const settle = (item: PendingLeaf, found: TriedLeaf): void => {
    const atFirst = standing.inReals;
    if (found.bound > 0 ? further(found) : !atFirst && further(found)) return;
    if (!standing.realsSuffice && !atFirst) throw new OpenLeaf(found.bound);
    standing.inReals = true;
    const [again] = tried(reals, [item]);
    if (!further(again)) throw new OpenLeaf(again.bound);
  };

  const flush = (): void => {
    checkpoint();
    const waiting = queue.filter((item): item is PendingLeaf => 'proofs' in item);
    const found = tried(own(), waiting);
    let next = 0;
    for (const item of queue) {
      if ('proofs' in item) settle(item, found[next++]);
      else emit(item);
    }
    queue = [];
    pending = 0;
  };

  return {
    push: (step) => void queue.push(step),
    wait(leaf) {
      queue.push(leaf);
      if (++pending >= batchLeaves) flush();
    },
    flush,
  };
}

const closedBy = ({ proof, bound }: TriedLeaf): { readonly steps: Step[]; readonly bounds: number[] } => ({
  steps: [{ kind: 'leaf', ...proof }],
  bounds: [bound],
});
