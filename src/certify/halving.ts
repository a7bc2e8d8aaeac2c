/** @file A proof by halving inputs, along the boxes of the search: bounds are derived in every part that its parent's do not refute. */
import type { Step } from '../check/certificate/steps.ts';
import type { CheckSession, Path } from '../check/contracts.ts';
import type { InputSet, Row } from '../check/property/property.ts';
import type { BoxTree, HalvedBox } from './boxTree.ts';
import type { Standing } from './leafQueue.ts';
import { leafOf } from './leaves.ts';

/** Boxes of a search, in the inputs of the property. */
export type KnownBoxes = Pick<BoxTree, 'at' | 'size'>;

export interface Halving {
  readonly session: CheckSession;
  readonly set: Pick<InputSet, 'lower' | 'upper'>;
  readonly conjunction: number;
  readonly rows: readonly Row[];
  readonly boxes: KnownBoxes;
  readonly standing: Standing;
  readonly emit: (step: Step) => void;
  /** Told the bound of each leaf. */
  readonly closed: (bound: number) => void;
  /** Called at every part; throws to stop. */
  readonly checkpoint: () => void;
}

/** A part of the box, in a case of the session. */
interface Part {
  readonly path: Path;
  readonly lower: Float64Array;
  readonly upper: Float64Array;
  /** Its number in the search; absent beyond it. */
  readonly box: number | undefined;
}

/** Sides below this share of the numbers they lie at are not halved. */
const leastWidth = 2 ** -20;
/** Of a side: cuts that take less away are not made. */
const leastCut = 0.005;
/** Parts beyond the search's, for each of its boxes and in any case: to hold in the format too, and to hold at all. */
const further = { float: { share: 0.1, least: 500 }, real: { share: 0.5, least: 2000 } };

/**
 * Depth first. A half that its parent's bounds refute costs one row; in others all that is open is bounded again. Where the search
 * has halved a part, it is first cut to what the search had left of it, and the rest refuted by the bounds at hand; where it
 * has not and the checker leaves it open, that input is halved whose halves come off best with the parent's bounds.
 * @param root with bounds of its own
 * @returns the bound of a part that stays open; undefined where all are refuted
 */
export function closeByHalving(given: Halving, root: Path): number | undefined {
  const { session, conjunction, rows, boxes, standing, emit, closed, checkpoint } = given;
  const partsOf = ({ share, least }: { share: number; least: number }): number =>
    Math.max(least, share * boxes.size());
  const left = { float: partsOf(further.float), real: partsOf(further.real) };

  /** The best of the rows in each of several cases. */
  const best = (paths: readonly Path[]): { readonly bound: number; readonly row: number }[] => {
    const bounds = session.leaves(
      paths.flatMap((path) => rows.map((_, row) => leafOf(path, conjunction, row))),
      standing.inReals,
    );
    return paths.map((_, k) =>
      rows
        .map((__, row) => ({ row, bound: bounds[k * rows.length + row] }))
        .reduce((a, b) => (b.bound > a.bound ? b : a)),
    );
  };

  const leaf = (path: Path, { row, bound }: { readonly row: number; readonly bound: number }): void => {
    if (path.empty) return emit({ kind: 'empty' });
    closed(bound);
    emit({ kind: 'leaf', ...leafOf(path, conjunction, row).proof });
  };

  const half = (part: Part, input: number, value: number, side: 'above' | 'below', box?: number): Part => ({
    path: session.halve(part.path, input, value, side),
    lower: side === 'above' ? part.lower.with(input, value) : part.lower,
    upper: side === 'above' ? part.upper : part.upper.with(input, value),
    box,
  });

  /** The input to halve where the search says none, and what its halves come to. */
  const chosen = (part: Part): { input: number; value: number } | undefined => {
    const { lower, upper } = part;
    const wide = [...lower.keys()].filter((i) => {
      const size = Math.max(Math.abs(lower[i]), Math.abs(upper[i]));
      return upper[i] - lower[i] > leastWidth * size;
    });
    const budget = standing.inReals ? 'real' : 'float';
    if (wide.length === 0 || left[budget] <= 0) return undefined;
    left[budget]--;
    const middle = (i: number): number => lower[i] + (upper[i] - lower[i]) / 2;
    const halves = wide.flatMap((i) =>
      (['above', 'below'] as const).map((side) => session.halve(part.path, i, middle(i), side)),
    );
    const reached = best(halves);
    const score = (k: number): number => reached[2 * k].bound + reached[2 * k + 1].bound;
    const input = wide[[...wide.keys()].reduce((a, b) => (score(b) > score(a) ? b : a))];
    return { input, value: middle(input) };
  };

  /** Cuts a part to what the search has left of it. @returns that, and the leaves that follow its tree */
  const cut = (whole: Part, ends: HalvedBox): { part: Part; after: (() => void)[] } => {
    let part = whole;
    const after: (() => void)[] = [];
    for (const input of whole.lower.keys())
      for (const keep of ['above', 'below'] as const) {
        const value = keep === 'above' ? ends.lower[input] : ends.upper[input];
        const [low, high] = [part.lower[input], part.upper[input]];
        const taken = keep === 'above' ? value - low : high - value;
        if (!(value > low && value < high && taken > leastCut * (high - low))) continue;
        const { path } = half(part, input, value, keep === 'above' ? 'below' : 'above');
        const [found] = best([path]);
        if (!path.empty && !(found.bound > 0)) continue;
        emit({ kind: 'halve', input, value });
        if (keep === 'above') after.unshift(() => leaf(path, found));
        else leaf(path, found);
        part = half(part, input, value, keep, whole.box);
      }
    return { part, after };
  };

  /** Closes a part by its own bounds or by its halves. @returns the bound of what stays open */
  const close = (whole: Part): number | undefined => {
    checkpoint();
    const [own] = best([whole.path]);
    if (whole.path.empty || own.bound > 0) {
      leaf(whole.path, own);
      return undefined;
    }
    const known = whole.box === undefined ? undefined : boxes.at(whole.box);
    const { part, after } = known ? cut(whole, known) : { part: whole, after: [] };
    const stuck = halved(part, known);
    if (stuck === undefined) for (const tell of after) tell();
    return stuck;
  };

  const halved = (part: Part, known: HalvedBox | undefined): number | undefined => {
    const inside = known && known.value > part.lower[known.input] && known.value < part.upper[known.input];
    const halving = inside ? known : chosen(part);
    if (!halving) {
      if (standing.inReals || !standing.realsSuffice) return best([part.path])[0].bound;
      standing.inReals = true;
      return close({ ...part, box: undefined });
    }
    const { input, value } = halving;
    emit({ kind: 'halve', input, value });
    const numbers = inside ? { above: known.below + 1, below: known.below } : undefined;
    for (const side of ['above', 'below'] as const) {
      const next = half(part, input, value, side, numbers?.[side]);
      const [found] = best([next.path]);
      if (next.path.empty || found.bound > 0) {
        leaf(next.path, found);
        continue;
      }
      emit({ kind: 'bounds', section: { kind: 'adaptive' } });
      const stuck = close({ ...next, path: session.derive(next.path, { kind: 'adaptive' }) });
      if (stuck !== undefined) return stuck;
    }
    return undefined;
  };
  const { lower, upper } = given.set;
  return close({ path: root, lower, upper, box: 0 });
}
