/** @file HiGHS, the LP and MILP solver: loaded once, programs in and solutions out. The only importer of `highs`. */
import highsModule, { type Highs } from 'highs';
import type { LinearProgram } from './program.ts';
import { safeDualBound } from './safeDualBound.ts';

/** The package types its default export as CommonJS would give it; as an ES module it is the function itself. */
const loadHighs = highsModule as unknown as typeof highsModule.default;

let loading: Promise<Highs> | undefined;

/** The solver; a WebAssembly module that computes synchronously, so that only its time limit can stop it. */
export const highs = (): Promise<Highs> => (loading ??= loadHighs());

/** What a linear program's solution tells. */
export type LinearOutcome =
  | {
      readonly kind: 'optimal';
      /** HiGHS' own optimum, right within its tolerances. */
      readonly value: number;
      /** At most the true optimum, whatever the tolerances; see safeDualBound.ts. */
      readonly lower: number;
      readonly columns: Float64Array;
    }
  /** `proved`: by a Farkas vector checked here, not on HiGHS' word alone. */
  | { readonly kind: 'infeasible'; readonly proved: boolean }
  | { readonly kind: 'stopped' };

/** Tolerances of the solver, far below its defaults of 1e-7: they make safe bounds tight, not safe. */
const tolerance = 1e-9;

/** A time limit as HiGHS takes it: finite. */
const limitOf = (seconds: number): number => Math.min(Math.max(0, seconds), 1e9);

/** Options of every model. */
const commonOptions = {
  output_flag: false,
  primal_feasibility_tolerance: tolerance,
  dual_feasibility_tolerance: tolerance,
  small_matrix_value: 1e-12,
};

/** A program as HiGHS takes it. */
export function modelData(program: LinearProgram, withIntegers: boolean) {
  const { lower, upper, integer, rowLower, rowUpper, starts, indices, values, cost, offset } = program;
  const [numCols, numRows] = [lower.length, rowLower.length];
  return {
    numCols,
    numRows,
    colCost: cost,
    colLower: lower,
    colUpper: upper,
    rowLower,
    rowUpper,
    offset,
    matrix: { format: 'csr', numRows, numCols, starts, indices, values },
    ...(withIntegers && { integrality: integer }),
  } as const;
}

/** A loaded program whose cost and column bounds can change between solves; each solve starts from the last basis. */
export interface LoadedProgram {
  /** @param seconds limit of this solve */
  readonly minimize: (cost: Float64Array, offset: number, seconds: number) => LinearOutcome;
  /** Gives the solver's memory back; it is not collected by itself. */
  readonly close: () => void;
}

export function loadProgram(solver: Highs, program: LinearProgram): LoadedProgram {
  const model = solver.createModel(modelData(program, false));
  model.options.set({ ...commonOptions, solver: 'simplex' });
  const all = { from: 0, to: program.lower.length - 1 };
  const { modelStatus } = solver.constants;
  return {
    minimize(cost, offset, seconds) {
      const current = { ...program, cost, offset };
      model.changeColsCost({ kind: 'range', ...all }, cost);
      model.changeObjectiveOffset(offset);
      model.zeroAllClocks();
      model.options.set('time_limit', limitOf(seconds));
      const { modelStatus: status } = model.run();
      if (status === modelStatus.optimal) {
        const { colValue, rowDual } = model.getSolution();
        const lower = safeDualBound(current, rowDual);
        return { kind: 'optimal', value: model.getObjectiveValue(), lower, columns: colValue };
      }
      if (status !== modelStatus.infeasible) return { kind: 'stopped' };
      const ray = model.getDualRay()?.values;
      const proved =
        ray !== undefined &&
        (safeDualBound(current, ray, false) > 0 ||
          safeDualBound(
            current,
            ray.map((v) => -v),
            false,
          ) > 0);
      return { kind: 'infeasible', proved };
    },
    close: () => model.dispose(),
  };
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

/** HiGHS' code for a solution that meets all rows. */
const feasibleSolution = 2;

/** What a mixed-integer program's solution tells, within HiGHS' tolerances. */
export interface IntegerOutcome {
  readonly kind: 'optimal' | 'infeasible' | 'stopped';
  /** No solution is below; −Infinity where none was found. */
  readonly lower: number;
  /** The best solution's value; +Infinity without one. */
  readonly upper: number;
  readonly columns?: Float64Array;
  readonly nodes: number;
}

/** How a mixed-integer program is solved. */
export interface IntegerOptions {
  /** Ends the search early, given the bounds so far. */
  readonly enough?: (lower: number, upper: number) => boolean;
  /** Nodes of the search at most. */
  readonly maxNodes?: number;
  /** Only the bound matters: no search for good solutions, and no presolving, which takes longer than it saves. */
  readonly boundOnly?: boolean;
}

/** Minimises a mixed-integer program. */
export function solveInteger(
  solver: Highs,
  program: LinearProgram,
  seconds: number,
  { enough, maxNodes = Infinity, boundOnly = false }: IntegerOptions = {},
): IntegerOutcome {
  const model = solver.createModel(modelData(program, true));
  try {
    model.options.set({
      ...commonOptions,
      mip_feasibility_tolerance: tolerance,
      mip_rel_gap: 0,
      mip_abs_gap: tolerance,
      ...(Number.isFinite(maxNodes) && { mip_max_nodes: maxNodes }),
      ...(boundOnly && { mip_heuristic_effort: 0, presolve: 'off' as const }),
      time_limit: limitOf(seconds),
    });
    const { modelStatus, callbackType } = solver.constants;
    const { modelStatus: status } = model.run({
      [callbackType.mipInterrupt](event) {
        const { mip_dual_bound: lower = -Infinity, mip_primal_bound: upper = Infinity } = event.data;
        if (enough?.(lower, upper)) event.interrupt();
        return undefined;
      },
    });
    const nodes = Math.max(0, Number(model.info.get('mip_node_count')));
    if (status === modelStatus.infeasible)
      return { kind: 'infeasible', lower: Infinity, upper: Infinity, nodes };
    const optimal = status === modelStatus.optimal;
    const found = Number(model.info.get('primal_solution_status')) === feasibleSolution;
    const upper = found ? model.getObjectiveValue() : Infinity;
    // Without whole-number columns HiGHS reports no bound beside the optimum.
    const integral = program.integer.includes(1);
    const lower = integral ? Number(model.info.get('mip_dual_bound')) : optimal ? upper : -Infinity;
    const columns = found ? { columns: model.getSolution().colValue } : {};
    return { kind: optimal ? 'optimal' : 'stopped', lower, upper, nodes, ...columns };
  } finally {
    model.dispose();
  }
}
