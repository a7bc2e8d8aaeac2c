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
      /** The rows' multipliers behind `lower`. */
      readonly duals: Float64Array;
    }
  /** `farkas`: multipliers of the rows that prove it, checked here; absent: on HiGHS' word alone. */
  | { readonly kind: 'infeasible'; readonly farkas?: Float64Array }
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
    const duals = scaled.duals(rowDual, factor);
    const lower = safeDualBound(current, duals);
    const value = columns.reduce((sum, x, j) => sum + current.cost[j] * x, current.offset);
    return { kind: 'optimal', value, lower, columns, duals };
  }
  if (status !== modelStatus.infeasible) return stopped;
  const ray = model.getDualRay()?.values;
  const farkas = [1, -1]
    .flatMap((sign) =>
      ray
        ? [
            scaled.duals(
              Array.from(ray, (v) => sign * v),
              1,
            ),
          ]
        : [],
    )
    .find((duals) => safeDualBound(current, duals, false) > 0);
  return { kind: 'infeasible', ...(farkas && { farkas }) };
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
  const unmet = rowLower.map((low, i) => (low > 0 ? 1 : rowUpper[i] < 0 ? -1 : 0));
  const possible = unmet.every((row) => row === 0);
  const none = new Float64Array(rowLower.length);
  return {
    minimize: (_, offset) =>
      possible
        ? { kind: 'optimal', value: offset, lower: offset, columns: new Float64Array(0), duals: none }
        : { kind: 'infeasible', farkas: unmet },
    setEnds: () => {},
    close: () => {},
  };
}

/**
 * Multipliers of a program's rows that prove it to have no feasible point: those of the solver's ray, else of its elastic
 * program; undefined where neither does.
 */
export function emptiness(
  solver: Highs,
  program: LinearProgram,
  found: LinearOutcome,
  seconds: number,
): Float64Array | undefined {
  if (found.kind !== 'infeasible') return undefined;
  if (found.farkas) return found.farkas;
  const elastic = solveLinear(solver, elasticProgram(program), seconds);
  if (elastic.kind !== 'optimal' || !(elastic.lower > 0)) return undefined;
  // It has a row for each end of a row that is finite.
  let next = 0;
  const { rowLower, rowUpper } = program;
  return rowLower.map((low, i) => {
    const ends = (low > -Infinity ? 1 : 0) + (rowUpper[i] < Infinity ? 1 : 0);
    next += ends;
    return elastic.duals.subarray(next - ends, next).reduce((sum, dual) => sum + dual, 0);
  });
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
