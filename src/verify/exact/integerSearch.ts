/** @file Mixed-integer programs by branching on their linear relaxations, every bound a safe one. */
import type { Highs } from 'highs';
import { relaxedNeurons, type Encoding } from './encode.ts';
import { emptiness, loadProgram, type LinearOutcome } from './highs.ts';
import { gapsOf } from './linearProgram.ts';
import type { LinearProgram } from './program.ts';

export interface IntegerSearchOptions {
  /** Seconds left for the whole search. */
  readonly remainingSeconds?: () => number;
  /** Linear programs at most. */
  readonly maxPrograms?: number;
  /** Ends the search early, given what is proved so far and the best solution's cost. */
  readonly enough?: (lower: number, upper: number) => boolean;
  /** Depth first (each program starts next to the last one's solution) instead of the least bound first. */
  readonly depthFirst?: boolean;
  /** Told every linear program's solution; true ends the search. */
  readonly onSolution?: (columns: Float64Array) => boolean | Promise<boolean>;
  /** Told of parts that are closed, by `enough` or since they are empty: what is set in them, and the duals that show it. */
  readonly onClosed?: ((part: ClosedPart) => void) | undefined;
  /** Called between programs; throws to stop. */
  readonly checkpoint?: () => void;
}

/** A part that needs no more work. */
export interface ClosedPart {
  /** Binary columns in the order in which they were set. */
  readonly chosen: ReadonlyMap<number, 0 | 1>;
  readonly duals: Float64Array;
  /** The duals show that it is empty, without the cost. */
  readonly empty: boolean;
}

export interface IntegerOutcome {
  /** `optimal`: nothing is left to branch on below the best solution; `stopped`: by a limit, `enough` or the solver. */
  readonly kind: 'optimal' | 'stopped';
  /** No solution costs less, whatever the solver's tolerances. */
  readonly lower: number;
  /** Cost of the best solution found, within the solver's tolerances; +Infinity without one. */
  readonly upper: number;
  readonly columns?: Float64Array;
  readonly programs: number;
}

/** Binary columns set so far, by number: 1 or 0. */
interface Part {
  readonly chosen: ReadonlyMap<number, 0 | 1>;
  readonly lower: number;
}

/** A solution this near to the bound (of the costs' size) is taken for the optimum. */
const relativeGap = 1e-9;

export interface IntegerSearch {
  readonly minimize: (
    cost: Float64Array,
    offset: number,
    options?: IntegerSearchOptions,
  ) => Promise<IntegerOutcome>;
  readonly close: () => void;
}

/**
 * Branch and bound on the binary columns of an encoding with `nonlinear: 'integer'`. A part of the search is closed
 * by the Lagrangian bound of its linear relaxation (safeDualBound.ts), or by a checked proof that it is empty; nothing
 * rests on the solver's tolerances, since a binary column of 1e-9 would let a neuron of reach u deviate by 1e-9·u, and
 * later layers may enlarge that by any factor.
 * @param program of that encoding; its cost does not matter
 */
export function integerSearch(solver: Highs, encoding: Encoding, program: LinearProgram): IntegerSearch {
  const loaded = loadProgram(solver, program);
  const binaries = [...program.integer.keys()].filter((j) => program.integer[j] === 1);

  const endsOf = ({ chosen }: Part): { lower: Float64Array; upper: Float64Array } => {
    const [lower, upper] = [program.lower.slice(), program.upper.slice()];
    for (const [j, value] of chosen) lower[j] = upper[j] = value;
    return { lower, upper };
  };

  /** The binary column to branch on, where there is one: of the ReLU furthest from its kink, else the one furthest from 0 and 1. */
  const branchOn = (columns: Float64Array, { chosen }: Part): number | undefined => {
    const gap = gapsOf(encoding, columns).find(
      ({ neuron }) => neuron.chosen >= 0 && !chosen.has(neuron.chosen),
    );
    if (gap) return gap.neuron.chosen;
    const relus = new Set(relaxedNeurons(encoding).map((neuron) => neuron.chosen));
    let [furthest, distance] = [-1, 1e-7];
    for (const j of binaries) {
      if (relus.has(j) || chosen.has(j)) continue;
      const from = Math.min(columns[j], 1 - columns[j]);
      if (from > distance) [furthest, distance] = [j, from];
    }
    return furthest < 0 ? undefined : furthest;
  };

  return {
    async minimize(cost, offset, options = {}) {
      const { remainingSeconds = () => Infinity, maxPrograms = Infinity, depthFirst = false } = options;
      const { enough, onSolution, onClosed, checkpoint } = options;
      const size = cost.reduce((sum, c, j) => sum + Math.abs(c) * (program.upper[j] - program.lower[j]), 0);
      const solve = (part: Part): LinearOutcome => {
        const { lower, upper } = endsOf(part);
        loaded.setEnds(lower, upper);
        return loaded.minimize(cost, offset, remainingSeconds());
      };
      const open: Part[] = [{ chosen: new Map(), lower: -Infinity }];
      /** Least bound of the parts that cannot be branched further. */
      let final = Infinity;
      let upper = Infinity;
      let best: Float64Array | undefined;
      let programs = 0;
      let kind: IntegerOutcome['kind'] = 'optimal';
      const proved = (): number => open.reduce((least, part) => Math.min(least, part.lower), final);
      const outcome = (): IntegerOutcome => ({
        kind,
        lower: proved(),
        upper,
        programs,
        ...(best && { columns: best }),
      });
      const take = (): Part => {
        if (depthFirst) return open.pop()!;
        const at = open.reduce((least, part, k) => (part.lower < open[least].lower ? k : least), 0);
        const [part] = open.splice(at, 1);
        return part;
      };
      while (open.length > 0) {
        if (programs >= maxPrograms || remainingSeconds() <= 0 || enough?.(proved(), upper)) {
          return { ...outcome(), kind: 'stopped' };
        }
        checkpoint?.();
        const part = take();
        if (part.lower >= upper - relativeGap * size) {
          final = Math.min(final, part.lower);
          continue;
        }
        programs++;
        const found = solve(part);
        const farkas = emptiness(solver, { ...program, ...endsOf(part) }, found, remainingSeconds());
        if (farkas) {
          onClosed?.({ chosen: part.chosen, duals: farkas, empty: true });
          continue;
        }
        if (found.kind !== 'optimal') {
          // A claim without proof, or no claim: what was known of the part stays.
          final = Math.min(final, part.lower);
          kind = 'stopped';
          continue;
        }
        const lower = Math.max(part.lower, found.lower);
        // A part above what suffices needs no more work; its bound stays in what is proved.
        if (enough?.(lower, Infinity)) {
          onClosed?.({ chosen: part.chosen, duals: found.duals, empty: false });
          final = Math.min(final, lower);
          continue;
        }
        const column = branchOn(found.columns, part);
        if (await onSolution?.(found.columns)) {
          open.push({ ...part, lower });
          return {
            ...outcome(),
            kind: 'stopped',
            upper: Math.min(upper, found.value),
            columns: found.columns,
          };
        }
        if (column === undefined) {
          final = Math.min(final, lower);
          if (found.value < upper) [upper, best] = [found.value, found.columns];
          continue;
        }
        const nearer = found.columns[column] >= 0.5 ? 1 : 0;
        for (const value of [1 - nearer, nearer] as (0 | 1)[])
          open.push({ chosen: new Map(part.chosen).set(column, value), lower });
      }
      return outcome();
    },
    close: loaded.close,
  };
}
