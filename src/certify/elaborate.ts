/** @file From hints to a proof: every leaf is tried with the checker's own walk, and split further where it stays open. */
import type { Changes, Step } from '../check/certificate/steps.ts';
import type { CheckSession, LeafProof, Path } from '../check/contracts.ts';
import type { InputSet, Row } from '../check/property/property.ts';
import { splitFurther } from './furtherSplits.ts';
import { closeByHalving } from './halving.ts';
import type { ConjunctionHint, Hints, Place } from './hints.ts';
import { leafOf, oneRow } from './leaves.ts';
import { openSlopes, type OpenSlopes } from './openSlopes.ts';
import { bfloat, largest, someLeaves } from './keptTrees.ts';
import type { KeptLeaf, KeptTree } from './recorder.ts';

/** A proof is not confirmed: a leaf's bound stays at or below 0, whatever is tried. */
export class OpenLeaf extends Error {
  override readonly name = 'OpenLeaf';
  readonly bound: number;
  /** Whether the search had closed this very leaf with the multipliers that were tried. */
  readonly recorded: boolean;
  constructor(bound: number, recorded: boolean) {
    super(`a leaf is open with the bound ${bound}`);
    this.bound = bound;
    this.recorded = recorded;
  }
}

/** One set of inputs to elaborate. */
export interface Elaboration {
  readonly session: CheckSession;
  readonly set: InputSet;
  readonly hints?: Hints | undefined;
  readonly emit: (step: Step) => void;
  /** Called between batches; throws to stop. */
  readonly checkpoint: (progress: { readonly leaves: number }) => void;
  /** The search halved inputs. */
  readonly halve: boolean;
  /** Domains that leaves may be split into beyond the search's. */
  readonly furtherDomains: number;
}

export interface Elaborated {
  readonly leaves: number;
  /** The least bound of a leaf. */
  readonly worst: number;
}

type Interval = { readonly lower: Float64Array; readonly upper: Float64Array };

/** A leaf whose turn comes with its batch: proofs in the order in which they are tried. */
interface Pending {
  readonly path: Path;
  readonly conjunction: number;
  readonly proofs: readonly LeafProof[];
  readonly recorded: boolean;
}

const batchLeaves = 32;
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
  /** Whether the certificate has them all. */
  readonly whole: boolean;
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
    halve,
  } = given;
  const { root, section } = rootOf(session, unsafe, hints);
  given.emit({ kind: 'bounds', section });
  const open: Interval[] = session.sites.map((_, site) => session.bounds(root, site));
  const slopes = openSlopes(session, root);
  const total = { leaves: 0, worst: Infinity };
  unsafe.forEach((rows, conjunction) => {
    if (halve && !hints) {
      const stuck = closeByHalving(
        {
          ...given,
          conjunction,
          rows,
          closed(bound) {
            total.leaves++;
            total.worst = Math.min(total.worst, bound);
          },
          checkpoint: () => given.checkpoint(total),
        },
        root,
      );
      if (stuck !== undefined) throw new OpenLeaf(stuck, false);
      return;
    }
    const hint = hints?.conjunction(rows);
    const tree = treeWriter(given, open, slopes, conjunction, rows, hint, total);
    tree.walk(
      {
        path: root,
        base: new Int16Array(slopes.count).fill(-1),
        passed: [],
        kept: [],
        depth: 0,
        whole: true,
      },
      hint?.tree,
    );
    tree.flush();
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

/** Writes the tree of one conjunction. */
function treeWriter(
  { session, hints, emit, checkpoint, furtherDomains }: Elaboration,
  open: readonly Interval[],
  { farFrom, changed }: OpenSlopes,
  conjunction: number,
  rows: readonly Row[],
  hint: ConjunctionHint | undefined,
  total: { leaves: number; worst: number },
) {
  let queue: (Step | Pending)[] = [];
  let pending = 0;
  let further = furtherDomains;

  const leafStep = (proof: LeafProof): Step => ({ kind: 'leaf', ...proof });

  const closed = (bound: number): void => {
    total.leaves++;
    total.worst = Math.min(total.worst, bound);
  };

  /** Tries what waits, and emits everything in order. */
  const flush = (): void => {
    checkpoint(total);
    const waiting = queue.filter((item): item is Pending => 'proofs' in item);
    const best = new Map<Pending, { proof: LeafProof; bound: number }>();
    for (let round = 0; ; round++) {
      const asked = waiting.filter((p) => !((best.get(p)?.bound ?? 0) > 0) && round < p.proofs.length);
      if (asked.length === 0) break;
      const bounds = session.leaves(
        asked.map(({ path, proofs }) => ({ path, conjunction, proof: proofs[round] })),
      );
      asked.forEach((p, i) => {
        const known = best.get(p);
        if (!known || bounds[i] > known.bound) best.set(p, { proof: p.proofs[round], bound: bounds[i] });
      });
    }
    for (const item of queue) {
      if (!('proofs' in item)) {
        emit(item);
        continue;
      }
      const found = best.get(item)!;
      if (found.bound > 0) {
        closed(found.bound);
        emit(leafStep(found.proof));
        continue;
      }
      const ended = splitFurther(session, { path: item.path, conjunction, ...found }, further, () =>
        checkpoint(total),
      );
      if (!ended) throw new OpenLeaf(found.bound, item.recorded);
      further -= ended.steps.length;
      for (const step of ended.steps) emit(step);
      for (const bound of ended.bounds) closed(bound);
    }
    queue = [];
    pending = 0;
  };

  const wait = (item: Pending): void => {
    queue.push(item);
    if (++pending >= batchLeaves) flush();
  };

  /** All rows, with what is inherited, and with lines that are no worse than intervals: 0 below every unstable element. */
  const plainLeaf = ({ path, passed, base, depth }: Position): void => {
    const betas = new Float64Array(passed.length);
    const zeros = new Int16Array(base.length);
    wait({
      path,
      conjunction,
      proofs: [[], farFrom(base, zeros)].flatMap((changes) =>
        rows.map((_, row) => ({ rows: oneRow(row), changes, betas })),
      ),
      recorded: depth === 0,
    });
  };

  const keptLeaf = (at: Position, leaf: KeptLeaf): void => {
    const { alpha, beta } = hints!.multipliers(leaf);
    const betas = Float64Array.from(at.kept, (k) => bfloat(beta[k]));
    const row = oneRow(leaf.part === undefined ? 0 : hint!.rowOf(leaf.part));
    const proof = (changes: Changes): LeafProof => ({ rows: row, changes, betas });
    const thin = proof(farFrom(at.base, alpha));
    wait({
      path: at.path,
      conjunction,
      recorded: at.whole && leaf.closing,
      proofs: [
        thin,
        proof(farFrom(at.base, alpha, 1)),
        ...rows.map((_, other) => ({ ...thin, rows: oneRow(other) })),
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
    queue.push({ kind: 'alpha', changes });
    return { ...at, base: changed(at.base, changes), path: session.alpha(at.path, changes) };
  };

  const walk = (from: Position, tree: KeptTree | undefined, parentLeaves = Infinity): void => {
    if (from.path.empty) return void queue.push({ kind: 'empty' });
    if (!tree) return plainLeaf(from);
    if (tree.kind === 'leaf') return keptLeaf(from, tree);
    const apart = tree.leaves >= leavesForBase && 4 * tree.leaves <= parentLeaves;
    const at = apart || parentLeaves === Infinity ? rebased(from, tree) : from;
    const known = apart || parentLeaves === Infinity ? tree.leaves : parentLeaves;
    const { point, above, below } = tree;
    const place = hints!.place(tree.site, tree.neuron);
    const depth = at.depth + 1;
    if (!place) return walk({ ...at, depth, whole: false }, largest(above, below), known);
    const side = onlySide(open, at.passed, place, point);
    if (side) return walk({ ...at, depth }, side === 'above' ? above : below, known);
    const split = { ...place, point };
    queue.push({ kind: 'split', ...split });
    for (const half of ['above', 'below'] as const)
      walk(
        {
          base: at.base,
          whole: at.whole,
          depth,
          path: session.split(at.path, split, half),
          passed: [...at.passed, { ...split, above: half === 'above' }],
          kept: [...at.kept, at.depth],
        },
        half === 'above' ? above : below,
        known,
      );
  };
  return { walk, flush };
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
