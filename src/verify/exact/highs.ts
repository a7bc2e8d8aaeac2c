/** @file HiGHS, the solver of linear programs: loaded once, programs in and solutions out. The only importer of `highs`. */
import highsModule, { type Highs } from 'highs';
import { elasticProgram, type LinearProgram } from './program.ts';
import { safeDualBound } from './safeDualBound.ts';
import { isFinite, scaleProgram, type ScaledProgram } from './scaling.ts';

/** The package types its default export as CommonJS would give it; as an ES module it is the function itself. */
const loadHighs = highsModule as unknown as typeof highsModule.default;

let loading: Promise<Highs> | undefined;

/** The solver; a WebAssembly module that computes synchronously, so that only its time limit can stop it. */
export const highs = (): Promise<Highs> => (loading ??= loadHighs());

/** What a linear program's solution tells. */
export type LinearOutcome =
  | {
      readonly kind: 'optimal';
      /** The program's cost at `columns`: HiGHS' own optimum, right within its tolerances. */
      readonly value: number;
      /** At most the true optimum, whatever the tolerances; see safeDualBound.ts. */
      readonly lower: number;
      readonly columns: Float64Array;
    }
  /** `proved`: by a Farkas vector checked here, not on HiGHS' word alone. */
  | { readonly kind: 'infeasible'; readonly proved: boolean }
  /** Time is over, or the solver failed: nothing is known. */
  | { readonly kind: 'stopped' };

/**
 * Tolerances of the solver, far below its defaults of 1e-7: they make safe bounds tight, not safe. Entries of a row
 * below 1e-12 of its greatest are dropped by the solver, not by the bound.
 */
const options = {
  output_flag: false,
  primal_feasibility_tolerance: 1e-9,
  dual_feasibility_tolerance: 1e-9,
  small_matrix_value: 1e-12,
  solver: 'simplex',
} as const;

/** A time limit as HiGHS takes it: finite. */
const limitOf = (seconds: number): number => Math.min(Math.max(0, seconds), 1e9);

/** A scaled program as HiGHS takes it. */
function modelData({ lower, upper, rowLower, rowUpper, starts, indices, values, cost }: LinearProgram) {
  const [numCols, numRows] = [lower.length, rowLower.length];
  return {
    numCols,
    numRows,
    colCost: cost,
    colLower: lower,
    colUpper: upper,
    rowLower,
    rowUpper,
    offset: 0,
    matrix: { format: 'csr', numRows, numCols, starts, indices, values },
  } as const;
}

/** A loaded program whose cost and column bounds can change between solves; each solve starts from the last basis. */
export interface LoadedProgram {
  /** @param seconds limit of this solve */
  readonly minimize: (cost: Float64Array, offset: number, seconds: number) => LinearOutcome;
  /** Other ends of the columns, within the program's own. */
  readonly setEnds: (lower: Float64Array, upper: Float64Array) => void;
  /** Gives the solver's memory back; it is not collected by itself. */
  readonly close: () => void;
}

const stopped = { kind: 'stopped' } as const;

export function loadProgram(solver: Highs, program: LinearProgram): LoadedProgram {
  if (!isFinite(program)) return { minimize: () => stopped, setEnds: () => {}, close: () => {} };
  if (program.lower.length === 0) return constantProgram(program);
  const scaled = scaleProgram(program);
  let current = program;
  let model: ReturnType<Highs['createModel']> | undefined;
  /** A solver that failed once is not asked again. */
  let failed = false;
  const close = (): void => {
    model?.dispose();
    model = undefined;
  };
  const attempt = <T>(action: () => T): T | undefined => {
    if (failed) return undefined;
    try {
      return action();
    } catch {
      failed = true;
      // A module whose memory is exhausted or that has aborted is of no use to the next program either.
      loading = undefined;
      return undefined;
    }
  };
  const load = (): NonNullable<typeof model> => {
    if (model) return model;
    model = solver.createModel(modelData(scaled.program));
    model.options.set(options);
    return model;
  };
  return {
    setEnds(lower, upper) {
      current = { ...current, lower, upper };
      attempt(() => {
        const ends = scaled.ends(lower, upper);
        load().changeColsBounds({ kind: 'range', from: 0, to: lower.length - 1 }, ends.lower, ends.upper);
      });
    },
    minimize(cost, offset, seconds) {
      if (!cost.every(Number.isFinite) || !Number.isFinite(offset)) return stopped;
      current = { ...current, cost, offset };
      return attempt(() => solve(solver, load(), scaled, current, seconds)) ?? stopped;
    },
    close() {
      attempt(close);
    },
  };
}

function solve(
  solver: Highs,
  model: ReturnType<Highs['createModel']>,
  scaled: ScaledProgram,
  current: LinearProgram,
  seconds: number,
): LinearOutcome {
  const { modelStatus } = solver.constants;
  const { cost, factor } = scaled.costs(current.cost);
  model.changeColsCost({ kind: 'range', from: 0, to: cost.length - 1 }, cost);
  model.zeroAllClocks();
  model.options.set('time_limit', limitOf(seconds));
  const status = statusOf(model);
  if (status === modelStatus.optimal) {
    const { colValue, rowDual } = model.getSolution();
    const columns = scaled.columns(colValue);
    const lower = safeDualBound(current, scaled.duals(rowDual, factor));
    const value = columns.reduce((sum, x, j) => sum + current.cost[j] * x, current.offset);
    return { kind: 'optimal', value, lower, columns };
  }
  if (status !== modelStatus.infeasible) return stopped;
  const ray = model.getDualRay()?.values;
  const proves = (sign: number): boolean =>
    ray !== undefined &&
    safeDualBound(
      current,
      scaled.duals(
        ray.map((v) => sign * v),
        1,
      ),
      false,
    ) > 0;
  return { kind: 'infeasible', proved: proves(1) || proves(-1) };
}

/** HiGHS may give up on a basis that has become bad; from none it starts afresh. */
function statusOf(model: ReturnType<Highs['createModel']>): number {
  try {
    return model.run().modelStatus;
  } catch {
    model.clearSolver();
    return model.run().modelStatus;
  }
}

/** Without columns every row is the number 0, and the cost its offset. */
function constantProgram({ rowLower, rowUpper }: LinearProgram): LoadedProgram {
  const possible = rowLower.every((end) => end <= 0) && rowUpper.every((end) => end >= 0);
  return {
    minimize: (_, offset) =>
      possible
        ? { kind: 'optimal', value: offset, lower: offset, columns: new Float64Array(0) }
        : { kind: 'infeasible', proved: true },
    setEnds: () => {},
    close: () => {},
  };
}

/** Whether a program is proved to have no feasible point: by a Farkas vector, else by its elastic program's bound. */
export function isEmpty(
  solver: Highs,
  program: LinearProgram,
  found: LinearOutcome,
  seconds: number,
): boolean {
  if (found.kind !== 'infeasible') return false;
  if (found.proved) return true;
  const elastic = solveLinear(solver, elasticProgram(program), seconds);
  return elastic.kind === 'optimal' && elastic.lower > 0;
}

/** Solves one linear program. */
export function solveLinear(solver: Highs, program: LinearProgram, seconds: number): LinearOutcome {
  const loaded = loadProgram(solver, program);
  try {
    return loaded.minimize(program.cost, program.offset, seconds);
  } finally {
    loaded.close();
  }
}
