/** @file A proof by halving inputs: bounds are derived anew in every part that its parent's do not refute. */
import type { Step } from '../check/certificate/steps.ts';
import type { CheckSession, Path } from '../check/contracts.ts';
import type { InputSet, Row } from '../check/property/property.ts';
import { leafOf } from './leaves.ts';

export interface Halving {
  readonly session: CheckSession;
  readonly set: Pick<InputSet, 'lower' | 'upper'>;
  readonly conjunction: number;
  readonly rows: readonly Row[];
  readonly emit: (step: Step) => void;
  /** Told the bound of each leaf. */
  readonly closed: (bound: number) => void;
  /** Called at every part; throws to stop. */
  readonly checkpoint: () => void;
}

/** A part of the box, in a case of the session, and whether its bounds are its own. */
interface Part {
  readonly path: Path;
  readonly derived: boolean;
  readonly lower: Float64Array;
  readonly upper: Float64Array;
}

/** Sides below this share of the numbers they lie at are not halved. */
const leastWidth = 2 ** -20;

/**
 * Depth first. A half that its parent's bounds refute costs one row; only the others have all their neurons bounded again.
 * The input halved is the one whose halves come off best with the parent's bounds.
 * @param root with bounds of its own
 * @returns the bound of a part that is too small to halve; undefined where all are refuted
 */
export function closeByHalving(given: Halving, root: Path): number | undefined {
  const { session, conjunction, rows, emit, closed, checkpoint } = given;

  /** The best of the rows in each of several cases. */
  const best = (paths: readonly Path[]): { readonly bound: number; readonly row: number }[] => {
    const bounds = session.leaves(
      paths.flatMap((path) => rows.map((_, row) => leafOf(path, conjunction, row))),
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

  const halvesOf = ({ path, lower, upper }: Part, input: number): { value: number; parts: Part[] } => {
    const value = lower[input] + (upper[input] - lower[input]) / 2;
    const parts = (['above', 'below'] as const).map((side) => ({
      path: session.halve(path, input, value, side),
      derived: false,
      lower: side === 'above' ? lower.with(input, value) : lower,
      upper: side === 'above' ? upper : upper.with(input, value),
    }));
    return { value, parts };
  };

  const visit = (part: Part): number | undefined => {
    checkpoint();
    const path = part.derived ? part.path : session.derive(part.path, { kind: 'adaptive' });
    if (!part.derived) emit({ kind: 'bounds', section: { kind: 'adaptive' } });
    const [own] = best([path]);
    if (path.empty || own.bound > 0) {
      leaf(path, own);
      return undefined;
    }
    const wide = [...part.lower.keys()].filter((i) => {
      const size = Math.max(Math.abs(part.lower[i]), Math.abs(part.upper[i]));
      return part.upper[i] - part.lower[i] > leastWidth * size;
    });
    if (wide.length === 0) return own.bound;
    const tried = wide.map((input) => ({ input, ...halvesOf({ ...part, path }, input) }));
    const reached = best(tried.flatMap(({ parts }) => parts.map((half) => half.path)));
    const score = (k: number): number => reached[2 * k].bound + reached[2 * k + 1].bound;
    const chosen = wide.map((_, k) => k).reduce((a, b) => (score(b) > score(a) ? b : a));
    const { input, value, parts } = tried[chosen];
    emit({ kind: 'halve', input, value });
    for (const [side, half] of parts.entries()) {
      const found = reached[2 * chosen + side];
      if (half.path.empty || found.bound > 0) leaf(half.path, found);
      else {
        const open = visit(half);
        if (open !== undefined) return open;
      }
    }
    return undefined;
  };
  const { lower, upper } = given.set;
  return visit({ path: root, derived: true, lower, upper });
}
