/** @file Keeps what the search of one specification finds until a certificate is written. */
import type { BoundNetwork } from '../bounds/boundNetwork.ts';
import type { CompactSite } from '../bounds/compact.ts';
import type { NeuronRow } from '../bounds/recording.ts';
import { boxTree, type BoxTree } from './boxTree.ts';
import type { ProofRecorder, RecordedLeaf, RecordedRow, RecordedSplit } from './record.ts';
import { createSpool } from './spool.ts';

/** A closed domain as it is kept: its multipliers lie in the spool. */
export interface KeptLeaf {
  readonly kind: 'leaf';
  /** Weights of the conjunction's rows; absent where none is known to be above 0. */
  readonly weights: readonly { readonly row: number; readonly weight: number }[] | undefined;
  readonly at: number;
  readonly splits: number;
}

/** A split with both sides; a side that was never closed is absent. */
export interface KeptSplit extends Pick<RecordedSplit, 'site' | 'neuron' | 'point'> {
  readonly kind: 'split';
  above?: KeptTree;
  below?: KeptTree;
  /** Leaves in both. */
  leaves: number;
}

export type KeptTree = KeptLeaf | KeptSplit;

/** The tree of one conjunction. */
export interface KeptConjunction {
  readonly rows: readonly RecordedRow[];
  tree: KeptTree;
}

/** What is known of one specification once its proof was found. */
export interface ProofRecord extends ProofRecorder {
  /** The boxes of a search by halving that has refuted them all; absent where another step was the last. */
  readonly boxes: () => BoxTree | undefined;
  /** The network of `rows`; absent where intervals sufficed. */
  readonly bounded: () => BoundNetwork | undefined;
  /** Rows of intermediate neurons, the latest of each. */
  readonly rows: () => readonly NeuronRow[];
  /** The network of the trees and its compact neurons; absent where nothing was searched. */
  readonly searched: () => { readonly net: BoundNetwork; readonly sites: readonly CompactSite[] } | undefined;
  readonly conjunctions: () => readonly KeptConjunction[];
  readonly leaves: () => number;
  /** Why certificates cannot hold all of the proof, where they cannot. */
  readonly reason: () => string | undefined;
  /** α by site number and β by split. */
  readonly multipliers: (leaf: KeptLeaf) => {
    readonly alpha: readonly Uint8Array[];
    readonly beta: Float32Array;
  };
  /** Lets go of all of it. */
  readonly close: () => void;
}

/** Of several rows those that count; of none the first, which then only stands there. */
function weightsOf(all: ArrayLike<number>): readonly { readonly row: number; readonly weight: number }[] {
  const used = Array.from(all, (weight, row) => ({ row, weight })).filter(({ weight }) => weight > 0);
  return used.length > 0 ? used : [{ row: 0, weight: 0 }];
}

export function proofRecord(): ProofRecord {
  const spool = createSpool();
  const rows = new Map<string, NeuronRow>();
  let net: BoundNetwork | undefined;
  let search: { readonly net: BoundNetwork; readonly sites: readonly CompactSite[] } | undefined;
  let kept: KeptConjunction[] = [];
  let byRows = new Map<readonly RecordedRow[], KeptConjunction>();
  let leaves = 0;
  let reason: string | undefined;
  let boxes: BoxTree | undefined;
  const forgetBoxes = (): void => {
    boxes?.close();
    boxes = undefined;
  };

  const store = ({ alpha, beta, splits, part, weights }: RecordedLeaf): KeptLeaf => {
    const { sites } = search!;
    const bytes = new Uint8Array(sites.reduce((n, { count }) => n + count, 0) + 4 * splits.length);
    let filled = 0;
    sites.forEach(({ count }, number) => {
      bytes.set((alpha[number] ?? new Uint8Array(count)).subarray(0, count), filled);
      filled += count;
    });
    const multipliers = Float32Array.from({ length: splits.length }, (_, k) => beta[k] ?? 0);
    bytes.set(new Uint8Array(multipliers.buffer), filled);
    return {
      kind: 'leaf',
      weights: weights ? weightsOf(weights) : part === undefined ? undefined : [{ row: part, weight: 1 }],
      at: spool.write(bytes),
      splits: splits.length,
    };
  };

  /** Puts a leaf into a tree at the end of its path. */
  const grown = (tree: KeptTree | undefined, leaf: KeptLeaf, splits: readonly RecordedSplit[]): KeptTree => {
    let whole: KeptTree | undefined = tree;
    let set = (made: KeptTree): void => void (whole = made);
    let at = tree;
    for (const { site, neuron, point, side } of splits) {
      if (at?.kind !== 'split') {
        at = { kind: 'split', site, neuron, point, leaves: 0 };
        set(at);
      }
      at.leaves++;
      const inner: KeptSplit = at;
      const half = side > 0 ? 'above' : 'below';
      set = (made) => void (inner[half] = made);
      at = inner[half];
    }
    set(leaf);
    return whole!;
  };

  return {
    halving(inputs) {
      forgetBoxes();
      return (boxes = boxTree(inputs));
    },
    boxes: () => boxes,
    bounds(bounded) {
      forgetBoxes();
      net = bounded;
    },
    neuron(row) {
      rows.set(`${row.site} ${row.neuron} ${row.side}`, row);
    },
    search(searched, sites) {
      search = { net: searched, sites };
      kept = [];
      byRows = new Map();
      leaves = 0;
    },
    closed(leaf) {
      leaves++;
      const found = byRows.get(leaf.conjunction);
      const tree = grown(found?.tree, store(leaf), leaf.splits);
      if (found) found.tree = tree;
      else {
        const made: KeptConjunction = { rows: leaf.conjunction, tree };
        kept.push(made);
        byRows.set(leaf.conjunction, made);
      }
    },
    beyond(why) {
      reason ??= why;
    },
    reason: () => reason,
    bounded: () => net,
    rows: () => [...rows.values()],
    searched: () => search,
    conjunctions: () => kept,
    leaves: () => leaves,
    multipliers({ at, splits }) {
      const { sites } = search!;
      const length = sites.reduce((n, { count }) => n + count, 0);
      const bytes = spool.read(at, length + 4 * splits);
      let from = 0;
      const alpha = sites.map(({ count }) => bytes.subarray(from, (from += count)));
      return { alpha, beta: new Float32Array(bytes.slice(length).buffer) };
    },
    close() {
      spool.close();
      forgetBoxes();
      rows.clear();
      kept = [];
    },
  };
}
