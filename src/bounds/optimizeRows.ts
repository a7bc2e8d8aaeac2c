/** @file α and β: raising the lower bounds of a batch of rows by projected gradient ascent (α-CROWN, β-CROWN). */
import {
  add,
  cat,
  clamp,
  flatten,
  gt,
  indexSelect,
  loop,
  maximum,
  mul,
  neg,
  relu,
  reshape,
  sliceAxis,
  sub,
  sum,
  where,
  type Tensor,
} from '../tensor/index.ts';
import { ascend, secondCeiling, secondFloor, stepFactors, type Ascending } from './ascent.ts';
import { backwardWalk, type LinearBound } from './backward.ts';
import { concretizeSoundly, minimizer } from './concretize.ts';
import { dualPass } from './dualPass.ts';
import type { ByRelu, RowProblem, RowVariables } from './rowProblem.ts';
import type { BackwardContext } from './rule.ts';
import { optimizedRelu } from './rules/optimizedRelu.ts';
import { compactRelaxation, type CompactRelaxation } from './rules/relu.ts';

export type { ByRelu, RowProblem, RowSetting, RowVariables } from './rowProblem.ts';

export interface OptimizerState {
  readonly current: RowVariables;
  /** Adam's first and second moments, up to constant factors; `second` at least its floor, and large where α is of no use. */
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

interface RowWalk {
  readonly bound: LinearBound;
  /** Coefficients seen at each ReLU's unstable neurons, [R, U]. */
  readonly seen: ByRelu<Tensor>;
}

/** The backward walk of all rows for given variables. */
function walkRows(problem: RowProblem, variables: RowVariables): RowWalk {
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
  const bound = backwardWalk(problem.network, problem.start, context, problem.magnitudes);
  const seen = [...relaxations].flatMap(([name, { seen: at }]) =>
    at.coefficients ? [[name, at.coefficients] as const] : [],
  );
  return { bound, seen: Object.fromEntries(seen) };
}

/** What changes from one iteration to the next; β of all ReLUs side by side. */
interface Iteration {
  readonly alpha: ByRelu<Ascending>;
  readonly bestAlpha: ByRelu<Tensor>;
  readonly beta: { readonly all?: Ascending };
  readonly bestBeta: { readonly all?: Tensor };
  readonly bestLower: Tensor;
}

/** [R, D] of each name in one tensor, and back. */
function packing(parts: ByRelu<Tensor>): {
  pack: (parts: ByRelu<Tensor>) => Tensor;
  unpack: (all: Tensor) => ByRelu<Tensor>;
} {
  const names = Object.keys(parts);
  return {
    pack: (from) =>
      cat(
        names.map((name) => from[name]),
        1,
      ),
    unpack(all) {
      let start = 0;
      return Object.fromEntries(
        names.map((name) => {
          const from = start;
          start += parts[name].shape[1];
          return [name, sliceAxis(all, 1, from, start)];
        }),
      );
    },
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
  const rows = problem.start.coefficients.shape[0];
  const relus = mapValues(problem.relus, (setting) => optimizedRelu(setting, rows));
  const sharedAlpha = rows > 1 && Object.values(initial.current.alpha).some(({ shape }) => shape[0] === 1);
  const { pack, unpack } = packing(initial.current.beta);
  const split = Object.keys(initial.current.beta).length > 0;
  const negativeSide =
    split && pack(mapValues(initial.current.beta, (_, name) => neg(problem.relus[name].split!.side)));
  const factors = stepFactors(initial.step, iterations, rates.decay);
  const alphaRates = mul(factors, rates.alpha);
  const betaRates = mul(factors, rates.beta);

  const start: Iteration = {
    alpha: mapValues(initial.current.alpha, (value, name) => {
      const { unstable, settled } = relus[name];
      return {
        value: settled(value),
        first: initial.first.alpha[name],
        second: maximum(initial.second.alpha[name], add(mul(sub(1, unstable), secondCeiling), secondFloor)),
      };
    }),
    bestAlpha: initial.best.alpha,
    beta: split
      ? {
          all: {
            value: pack(initial.current.beta),
            first: pack(initial.first.beta),
            second: maximum(pack(initial.second.beta), secondFloor),
          },
        }
      : {},
    bestBeta: split ? { all: pack(initial.best.beta) } : {},
    bestLower: initial.bestLower,
  };
  const end = loop(iterations, start, (state, step) => {
    const at = reshape(step, [1]);
    const beta = state.beta.all;
    const push = beta && negativeSide ? unpack(mul(beta.value, negativeSide)) : {};
    const { lower, alphaGradient, splitValues } = dualPass(problem, relus, {
      alpha: mapValues(state.alpha, ({ value }) => value),
      push,
    });
    const gain = sharedAlpha ? gt(sum(lower), sum(state.bestLower)) : gt(lower, state.bestLower);
    const better = reshape(gain, [-1, 1]);
    const alphaRate = indexSelect(alphaRates, 0, at);
    return {
      alpha: mapValues(state.alpha, (variable, name) => {
        const gradient = alphaGradient[name];
        const moved = ascend(variable, sharedAlpha ? sum(gradient, 0, true) : gradient, alphaRate);
        return { ...moved, value: clamp(moved.value, 0, 1) };
      }),
      bestAlpha: mapValues(state.bestAlpha, (best, name) => where(better, state.alpha[name].value, best)),
      beta: beta && negativeSide ? { all: ascendBeta(beta) } : {},
      bestBeta: beta ? { all: where(better, beta.value, state.bestBeta.all!) } : {},
      bestLower: where(gain, lower, state.bestLower),
    };

    function ascendBeta(from: Ascending): Ascending {
      const gradient = mul(pack(splitValues), negativeSide as Tensor);
      const moved = ascend(from, gradient, indexSelect(betaRates, 0, at));
      return { ...moved, value: relu(moved.value) };
    }
  });
  const betaOf = (all: Tensor | undefined): ByRelu<Tensor> => (all ? unpack(all) : {});
  const variablesOf = (part: keyof Ascending): RowVariables => ({
    alpha: mapValues(end.alpha, (variable) => variable[part]),
    beta: betaOf(end.beta.all?.[part]),
  });
  return {
    current: variablesOf('value'),
    first: variablesOf('first'),
    second: variablesOf('second'),
    best: { alpha: end.bestAlpha, beta: betaOf(end.bestBeta.all) },
    bestLower: end.bestLower,
    step: add(initial.step, iterations),
  };
}

const mapValues = <T, U>(tree: ByRelu<T>, f: (value: T, name: string) => U): ByRelu<U> =>
  Object.fromEntries(Object.entries(tree).map(([name, value]) => [name, f(value, name)]));

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
  const { bound, seen } = walkRows(problem, variables);
  return {
    ...concretizeSoundly(bound, problem.box),
    seen,
    point: minimizer(bound.coefficients, problem.box),
  };
}

/** rows · f(x) per row, [R]; rows [R,K], outputs [R,K]. */
export const rowMargins = (rows: Tensor, outputs: Tensor): Tensor => sum(mul(rows, flatten(outputs)), 1);
