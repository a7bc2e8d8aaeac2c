/** @file From hints to a proof of one set: its bounds, then a tree for every conjunction. */
import type { Step } from '../check/certificate/steps.ts';
import type { CheckSession, Path } from '../check/contracts.ts';
import type { InputSet, Row } from '../check/property/property.ts';
import { closeByHalving, type KnownBoxes } from './halving.ts';
import type { Hints } from './hints.ts';
import { leafQueue, OpenLeaf, rowBudgets, type Standing } from './leafQueue.ts';
import { leafOf } from './leaves.ts';
import { openSlopes } from './openSlopes.ts';
import { writeTree } from './treeWriter.ts';

/** One set of inputs to elaborate. */
export interface Elaboration {
  readonly session: CheckSession;
  readonly set: InputSet;
  readonly hints?: Hints | undefined;
  readonly standing: Standing;
  readonly emit: (step: Step) => void;
  /** Called between batches; throws to stop. */
  readonly checkpoint: (progress: { readonly leaves: number }) => void;
  /** The boxes of a search that halved inputs. */
  readonly boxes?: KnownBoxes | undefined;
}

export interface Elaborated {
  readonly leaves: number;
  /** The least bound of a leaf. */
  readonly worst: number;
}

/**
 * Elaborates one set: what is emitted is its bounds and a tree for every conjunction.
 * @throws OpenLeaf; CheckFailure where the checker does not understand the network
 */
export function elaborateSet(given: Elaboration): Elaborated {
  const {
    session,
    set: { unsafe },
    hints,
    standing,
    boxes,
    emit,
  } = given;
  const { root, section } = rootOf(session, unsafe, hints);
  emit({ kind: 'bounds', section });
  const open = session.sites.map((_, site) => session.bounds(root, site));
  const slopes = openSlopes(session, root);
  const budgets = rowBudgets(session);
  const total = { leaves: 0, worst: Infinity };
  const closed = (bound: number): void => {
    total.leaves++;
    total.worst = Math.min(total.worst, bound);
  };
  const checkpoint = (): void => given.checkpoint(total);
  unsafe.forEach((rows, conjunction) => {
    if (boxes) {
      const stuck = closeByHalving({ ...given, boxes, conjunction, rows, closed, checkpoint }, root);
      if (stuck !== undefined) throw new OpenLeaf(stuck);
      return;
    }
    const queue = leafQueue(session, standing, budgets, emit, closed, checkpoint);
    const hint = hints?.conjunction(rows);
    writeTree({ session, conjunction, rows, hints, hint, open, slopes }, queue, root);
  });
  return total;
}

/** The bounds that a set starts from: as few as its conjunctions need, as the search found them. */
function rootOf(
  session: CheckSession,
  unsafe: readonly (readonly Row[])[],
  hints: Hints | undefined,
): { root: Path; section: Extract<Step, { kind: 'bounds' }>['section'] } {
  const closes = (path: Path): boolean =>
    unsafe.every((rows, conjunction) => {
      const leaves = rows.map((_, row) => leafOf(path, conjunction, row));
      return Math.max(...session.leaves(leaves)) > 0;
    });
  const section = { kind: 'none' } as const;
  if (!hints && closes(session.root)) return { root: session.root, section };
  const derived = { kind: 'adaptive', rows: hints?.rows ?? [] } as const;
  return { root: session.derive(session.root, derived), section: derived };
}
