/** @file The work on a batch of boxes that any thread can do: bounding, clipping, and picking a candidate. */
import type { BoundMachine } from '../../bounds/machine.ts';
import type { Conjunction } from '../specification.ts';
import { boxBatcher, type BoxOutcome } from './boxBatch.ts';
import type { BoxDomain } from './boxDomain.ts';
import type { LinearMinorant } from './clip.ts';
import { remainder } from './remainder.ts';

/** What a batch of boxes came to. */
export interface BoxShare {
  /** What is not refuted of them, in their order. */
  readonly left: readonly BoxDomain[];
  /** Points that are unsafe for the bounded network: at most one a share. */
  readonly candidates: readonly Float32Array[];
}

export interface BoxWork {
  /** Boxes in one batch at most. */
  readonly size: number;
  readonly bound: (tasks: readonly BoxDomain[]) => Promise<BoxShare>;
}

/** Distinct rows of all conjunctions, in order of appearance. */
export const distinctRows = (unsafe: readonly Conjunction[]): Conjunction[number][] => [
  ...new Set(unsafe.flat()),
];

/** A point that misses a constraint by this share of its size can be moved into it. */
const nearby = 1e-3;

function nearTies(ties: readonly LinearMinorant[], point: () => Float32Array): boolean {
  if (ties.length === 0) return true;
  const x = point();
  return ties.every(({ coefficients, constant }) => {
    let [sum, size] = [constant, Math.abs(constant)];
    x.forEach((v, i) => {
      sum += coefficients[i] * v;
      size += Math.abs(coefficients[i] * v);
    });
    return sum <= nearby * size;
  });
}

/** The point of least margin among those that the bounds suggest, if the bounded network is unsafe there. */
function candidateOf(
  outcomes: readonly BoxOutcome[],
  conjunctionRows: readonly (readonly number[])[],
  rows: number,
  ties: readonly LinearMinorant[],
): Float32Array[] {
  let least = Infinity;
  let point: (() => Float32Array) | undefined;
  for (const outcome of outcomes)
    for (let p = 0; p <= rows; p++) {
      const marginOf = (own: readonly number[]): number =>
        Math.max(...own.map((r) => outcome.values[p * rows + r]));
      const margin = Math.min(...conjunctionRows.map(marginOf));
      if (margin >= least || !nearTies(ties, () => outcome.point(p))) continue;
      least = margin;
      point = () => outcome.point(p);
    }
  return least <= 0 ? [point!()] : [];
}

export function boxWork(
  machine: BoundMachine,
  unsafe: readonly Conjunction[],
  size: number,
  ties: readonly LinearMinorant[] = [],
): BoxWork {
  const rows = distinctRows(unsafe);
  const conjunctionRows = unsafe.map((conjunction) => conjunction.map((row) => rows.indexOf(row)));
  const batcher = boxBatcher(machine, rows, size);
  return {
    size,
    async bound(tasks) {
      const outcomes = await batcher.bound(tasks);
      const left = tasks.flatMap((task, t) => remainder(task, outcomes[t], conjunctionRows, ties) ?? []);
      return { left, candidates: candidateOf(outcomes, conjunctionRows, rows.length, ties) };
    },
  };
}
