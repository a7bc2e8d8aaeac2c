/** @file α and β: raising the lower bounds of a batch of rows by projected gradient ascent (α-CROWN, β-CROWN). */
import type { Network } from '../nn/network.ts';
import {
  add,
  clamp,
  div,
  exp,
  flatten,
  gt,
  loop,
  maximum,
  mul,
  relu,
  reshape,
  sqrt,
  stopGradient,
  sub,
  sum,
  vjp,
  where,
  type Tensor,
} from '../tensor/index.ts';
import { backwardWalk, type LinearBound } from './backward.ts';
import { concretize, concretizeSoundly, minimizer, type BoxTensors } from './concretize.ts';
import type { BackwardContext, BoundContext, Relaxation } from './rule.ts';
import { compactRelaxation, type CompactRelaxation, type SplitNeurons } from './rules/relu.ts';

/** By ReLU layer name. */
export type ByRelu<T> = Readonly<Record<string, T>>;

/** What is fixed while the rows are optimised; see `CompactRelu`. */
export interface RowSetting {
  readonly active: Tensor;
  readonly index?: Tensor | undefined;
  readonly lower: Tensor;
  readonly upper: Tensor;
  /** Present for domains of branch and bound. */
  readonly split?: Omit<SplitNeurons, 'beta'> | undefined;
}

/** The optimised variables: α [R, U], and β [R, D] beside `split`. */
export interface RowVariables {
  readonly alpha: ByRelu<Tensor>;
  readonly beta: ByRelu<Tensor>;
}

export interface OptimizerState {
  readonly current: RowVariables;
  /** Adam's first and second moments. */
  readonly first: RowVariables;
  readonly second: RowVariables;
  /** Variables at the best bound so far, and that bound [R]. */
  readonly best: RowVariables;
  readonly bestLower: Tensor;
  /** Iterations done, float []. */
  readonly step: Tensor;
}

export interface OptimizerRates {
  readonly alpha: number;
  readonly beta: number;
  /** Factor of both rates after each iteration. */
  readonly decay: number;
}

/** α,β-CROWN's rates: at the root, and inside branch and bound. */
export const rootRates: OptimizerRates = { alpha: 0.1, beta: 0.05, decay: 0.98 };
export const domainRates: OptimizerRates = { alpha: 0.01, beta: 0.05, decay: 0.98 };

/** Start rows, the network and its box: everything a bound depends on but the variables. */
export interface RowProblem {
  readonly network: Network;
  readonly context: BoundContext;
  readonly start: { readonly layer: string; readonly coefficients: Tensor };
  readonly box: BoxTensors;
  readonly relus: ByRelu<RowSetting>;
  readonly magnitudes: ReadonlyMap<string, Tensor>;
  /** Relaxations of nonlinear layers other than ReLU. */
  readonly others: ReadonlyMap<string, Relaxation>;
}

interface RowWalk {
  readonly bound: LinearBound;
  /** Coefficients seen at each ReLU's unstable neurons, [R, U]. */
  readonly seen: ByRelu<Tensor>;
}

/** The backward walk of all rows for given variables. */
function walkRows(problem: RowProblem, variables: RowVariables, withRounding: boolean): RowWalk {
  const relaxations = new Map<string, CompactRelaxation>();
  for (const [name, setting] of Object.entries(problem.relus)) {
    const beta = variables.beta[name];
    relaxations.set(
      name,
      compactRelaxation({
        ...setting,
        split: undefined,
        alpha: variables.alpha[name],
        ...(setting.split && beta && { split: { ...setting.split, beta } }),
      }),
    );
  }
  const context: BackwardContext = {
    ...problem.context,
    relaxationOf: (name) => relaxations.get(name)?.relax ?? problem.others.get(name)!,
  };
  const magnitudes = withRounding ? problem.magnitudes : undefined;
  const bound = backwardWalk(problem.network, problem.start, context, magnitudes);
  const seen = [...relaxations].flatMap(([name, { seen: at }]) =>
    at.coefficients ? [[name, at.coefficients] as const] : [],
  );
  return { bound, seen: Object.fromEntries(seen) };
}

/** Applies `f` to every variable, α and β alike. */
function mapVariables(
  tree: RowVariables,
  f: (value: Tensor, kind: 'alpha' | 'beta', name: string) => Tensor,
): RowVariables {
  const part = (kind: 'alpha' | 'beta'): ByRelu<Tensor> =>
    Object.fromEntries(Object.entries(tree[kind]).map(([name, value]) => [name, f(value, kind, name)]));
  return { alpha: part('alpha'), beta: part('beta') };
}

const momentum = 0.9;
const smoothing = 0.999;
const adamEpsilon = 1e-8;

/** One step of Adam upwards, projected to α ∈ [0,1] and β ≥ 0. */
function ascend(state: OptimizerState, gradient: RowVariables, rates: OptimizerRates): OptimizerState {
  const step = add(state.step, 1);
  const correct = (rate: number): Tensor => sub(1, exp(mul(step, Math.log(rate))));
  const decayed = exp(mul(state.step, Math.log(rates.decay)));
  const first = mapVariables(state.first, (m, kind, name) =>
    add(mul(m, momentum), mul(gradient[kind][name], 1 - momentum)),
  );
  const second = mapVariables(state.second, (v, kind, name) =>
    add(mul(v, smoothing), mul(mul(gradient[kind][name], gradient[kind][name]), 1 - smoothing)),
  );
  const scale = div(sqrt(correct(smoothing)), correct(momentum));
  const current = mapVariables(state.current, (x, kind, name) => {
    const rate = mul(mul(decayed, rates[kind]), scale);
    const moved = add(x, div(mul(first[kind][name], rate), add(sqrt(second[kind][name]), adamEpsilon)));
    return kind === 'alpha' ? clamp(moved, 0, 1) : relu(moved);
  });
  return { ...state, current, first, second, step };
}

/** Keeps the better of two per row. */
function keepBest(state: OptimizerState, lower: Tensor): Pick<OptimizerState, 'best' | 'bestLower'> {
  const better = gt(lower, state.bestLower);
  const column = reshape(better, [better.shape[0], 1]);
  return {
    best: mapVariables(state.best, (value, kind, name) => where(column, state.current[kind][name], value)),
    bestLower: maximum(lower, state.bestLower),
  };
}

/** `iterations` steps of ascent in one loop; each step first records the bound of where it stands. */
export function optimizeRows(
  problem: RowProblem,
  initial: OptimizerState,
  iterations: number,
  rates: OptimizerRates,
): OptimizerState {
  if (iterations === 0) return initial;
  return loop(iterations, initial, (state) => {
    const lower = concretize(walkRows(problem, state.current, false).bound, problem.box);
    const leaves = [...Object.values(state.current.alpha), ...Object.values(state.current.beta)];
    const found = vjp(sum(lower), leaves);
    const byLeaf = new Map(leaves.map((leaf, i) => [leaf, found[i]]));
    const gradient = mapVariables(state.current, (value) => byLeaf.get(value)!);
    return ascend({ ...state, ...keepBest(state, stopGradient(lower)) }, gradient, rates);
  });
}

/** The bounds at the best variables, with rounding, branching coefficients and the minimiser of the bound. */
export function evaluateRows(
  problem: RowProblem,
  variables: RowVariables,
): {
  readonly lower: Tensor;
  readonly rounding: Tensor;
  readonly seen: ByRelu<Tensor>;
  readonly point: Tensor;
} {
  const { bound, seen } = walkRows(problem, variables, true);
  return {
    ...concretizeSoundly(bound, problem.box),
    seen,
    point: minimizer(bound.coefficients, problem.box),
  };
}

/** rows · f(x) per row, [R]; rows [R,K], outputs [R,K]. */
export const rowMargins = (rows: Tensor, outputs: Tensor): Tensor => sum(mul(rows, flatten(outputs)), 1);
