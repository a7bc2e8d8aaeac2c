/** @file From the tree that a search has left to the steps of a certificate. */
import type { Changes } from '../check/certificate/steps.ts';
import type { CheckSession, LeafProof, Path } from '../check/contracts.ts';
import type { Row } from '../check/property/property.ts';
import type { ConjunctionHint, Hints, Place } from './hints.ts';
import { bfloat, largest, someLeaves } from './keptTrees.ts';
import type { LeafQueue } from './leafQueue.ts';
import { oneRow } from './leaves.ts';
import type { OpenSlopes } from './openSlopes.ts';
import type { KeptLeaf, KeptTree } from './recorder.ts';

/** Leaves that share a base of slopes of their own. */
const leavesForBase = 16;
const sampledLeaves = 8;

/** A split on the way to a place of the tree. */
interface PassedSplit extends Place {
  readonly point: number;
  readonly above: boolean;
}

/** Where a walk through a kept tree is. */
interface Position {
  readonly path: Path;
  /** Slopes that are inherited, of all sites; −1: CROWN's choice. */
  readonly base: Int16Array;
  /** The splits that the certificate has, and which split of the search each was. */
  readonly passed: readonly PassedSplit[];
  readonly kept: readonly number[];
  /** Splits of the search so far. */
  readonly depth: number;
}

type Interval = { readonly lower: Float64Array; readonly upper: Float64Array };

/** One conjunction of a set. */
export interface ConjunctionTask {
  readonly session: CheckSession;
  readonly conjunction: number;
  readonly rows: readonly Row[];
  readonly hints?: Hints | undefined;
  readonly hint?: ConjunctionHint | undefined;
  /** Bounds and slopes of the root. */
  readonly open: readonly Interval[];
  readonly slopes: OpenSlopes;
}

/** Hands the tree of one conjunction to a queue. @param root with the set's bounds */
export function writeTree(
  { session, conjunction, rows, hints, hint, open, slopes: { count, farFrom, changed } }: ConjunctionTask,
  { push, wait, flush }: LeafQueue,
  root: Path,
): void {
  /**
   * Nothing is recorded of this case, or of all: a search tells of every case that it closes, so that bounds must have done it.
   * All rows, with what is inherited, and with lines that are no worse than intervals: 0 below every unstable element.
   */
  const plainLeaf = ({ path, passed, base }: Position): void => {
    const betas = new Float64Array(passed.length);
    const zeros = new Int16Array(base.length);
    wait({
      path,
      conjunction,
      proofs: [[], farFrom(base, zeros)].flatMap((changes) =>
        rows.map((_, row) => ({ rows: oneRow(row), changes, betas })),
      ),
    });
  };

  const keptLeaf = (at: Position, leaf: KeptLeaf): void => {
    const { alpha, beta } = hints!.multipliers(leaf);
    const betas = Float64Array.from(at.kept, (k) => bfloat(beta[k]));
    const proof = (changes: Changes, own: LeafProof['rows']): LeafProof => ({ rows: own, changes, betas });
    const weighed = leaf.weights ? hint!.rowsOf(leaf.weights) : oneRow(0);
    const thin = farFrom(at.base, alpha);
    wait({
      path: at.path,
      conjunction,
      proofs: [
        proof(thin, weighed),
        proof(farFrom(at.base, alpha, 1), weighed),
        ...rows.map((_, other) => proof(thin, oneRow(other))),
      ],
    });
  };

  /** A base of its own for a part of the tree: the mean of some of its leaves. */
  const rebased = (at: Position, tree: KeptTree): Position => {
    const sample = someLeaves(tree, sampledLeaves).map((leaf) => hints!.multipliers(leaf).alpha);
    const mean = at.base.map((_, slot) => {
      let sum = 0;
      for (const alpha of sample) sum += alpha[slot];
      return sum < 0 ? -1 : Math.round(sum / sample.length);
    });
    const changes = farFrom(at.base, mean);
    if (changes.length === 0) return at;
    push({ kind: 'alpha', changes });
    return { ...at, base: changed(at.base, changes), path: session.alpha(at.path, changes) };
  };

  const walk = (from: Position, tree: KeptTree | undefined, parentLeaves = Infinity): void => {
    if (from.path.empty) return push({ kind: 'empty' });
    if (!tree) return plainLeaf(from);
    if (tree.kind === 'leaf') return keptLeaf(from, tree);
    const apart = tree.leaves >= leavesForBase && 4 * tree.leaves <= parentLeaves;
    const at = apart || parentLeaves === Infinity ? rebased(from, tree) : from;
    const known = apart || parentLeaves === Infinity ? tree.leaves : parentLeaves;
    const { point, above, below } = tree;
    const place = hints!.place(tree.site, tree.neuron);
    const depth = at.depth + 1;
    if (!place) return walk({ ...at, depth }, largest(above, below), known);
    const side = onlySide(open, at.passed, place, point);
    if (side) return walk({ ...at, depth }, side === 'above' ? above : below, known);
    const split = { ...place, point };
    push({ kind: 'split', ...split });
    for (const half of ['above', 'below'] as const)
      walk(
        {
          base: at.base,
          depth,
          path: session.split(at.path, split, half),
          passed: [...at.passed, { ...split, above: half === 'above' }],
          kept: [...at.kept, at.depth],
        },
        half === 'above' ? above : below,
        known,
      );
  };
  const start = { base: new Int16Array(count).fill(-1), passed: [], kept: [], depth: 0 };
  walk({ path: root, ...start }, hint?.tree);
  flush();
}

/** The side of a split that all of a case lies on, by the bounds of the box and the splits so far. */
function onlySide(
  open: readonly Interval[],
  passed: readonly PassedSplit[],
  { site, element }: Place,
  point: number,
): 'above' | 'below' | undefined {
  let [lower, upper] = [open[site].lower[element], open[site].upper[element]];
  for (const split of passed) {
    if (split.site !== site || split.element !== element) continue;
    if (split.above) lower = Math.max(lower, split.point);
    else upper = Math.min(upper, split.point);
  }
  if (lower >= point) return 'above';
  return upper <= point ? 'below' : undefined;
}
