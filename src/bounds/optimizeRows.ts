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
import { layerNamed } from '../nn/network.ts';
import { backwardWalk } from './backward.ts';
import { concretizeSoundly, minimizer } from './concretize.ts';
import { dualPass } from './dualPass.ts';
import type { OptimizedSite, SiteRelaxation } from './nonlinear/member.ts';
import { memberOf } from './nonlinear/table.ts';
import type { BySite, RowProblem, RowVariables } from './rowProblem.ts';
import type { BackwardContext } from './rule.ts';

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

/** Relaxations of all sites for given variables. */
function relaxationsAt(problem: RowProblem, { alpha, beta }: RowVariables): Map<string, SiteRelaxation> {
  return new Map(
    Object.entries(problem.sites).map(([name, setting]) => {
      const layer = layerNamed(problem.network, name);
      const { rows } = memberOf(layer).elementwise!;
      return [name, rows.relaxation(layer, setting, { alpha: alpha[name], beta: beta[name] })];
    }),
  );
}

/** Each site as it is passed while its variables are optimised. */
export const optimizedSites = (problem: RowProblem, rows: number): BySite<OptimizedSite> =>
  mapValues(problem.sites, (setting, name) => {
    const layer = layerNamed(problem.network, name);
    return memberOf(layer).elementwise!.rows.optimized(layer, setting, rows);
  });

/** What changes from one iteration to the next; β of all sites side by side. */
interface Iteration {
  readonly alpha: BySite<Ascending>;
  readonly bestAlpha: BySite<Tensor>;
  readonly beta: { readonly all?: Ascending };
  readonly bestBeta: { readonly all?: Tensor };
  readonly bestLower: Tensor;
}

/** [R, D] of each name in one tensor, and back. */
function packing(parts: BySite<Tensor>): {
  pack: (parts: BySite<Tensor>) => Tensor;
  unpack: (all: Tensor) => BySite<Tensor>;
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
  const sites = optimizedSites(problem, rows);
  const sharedAlpha = rows > 1 && Object.values(initial.current.alpha).some(({ shape }) => shape[0] === 1);
  const { pack, unpack } = packing(initial.current.beta);
  const split = Object.keys(initial.current.beta).length > 0;
  const negativeSide =
    split && pack(mapValues(initial.current.beta, (_, name) => neg(problem.sites[name].split!.side)));
  const factors = stepFactors(initial.step, iterations, rates.decay);
  const alphaRates = mul(factors, rates.alpha);
  const betaRates = mul(factors, rates.beta);

  const start: Iteration = {
    alpha: mapValues(initial.current.alpha, (value, name) => {
      const { unstable, settled } = sites[name];
      const second = initial.second.alpha[name];
      return {
        value: settled(value),
        first: initial.first.alpha[name],
        second: maximum(
          second,
          unstable ? add(mul(sub(1, unstable), secondCeiling), secondFloor) : secondFloor,
        ),
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
    const { lower, alphaGradient, splitValues } = dualPass(problem, sites, {
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
  const betaOf = (all: Tensor | undefined): BySite<Tensor> => (all ? unpack(all) : {});
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

const mapValues = <T, U>(tree: BySite<T>, f: (value: T, name: string) => U): BySite<U> =>
  Object.fromEntries(Object.entries(tree).map(([name, value]) => [name, f(value, name)]));

/** The bounds at the best variables, with rounding, and the minimiser of each. */
export function evaluateRows(
  problem: RowProblem,
  variables: RowVariables,
): {
  readonly lower: Tensor;
  readonly rounding: Tensor;
  readonly point: Tensor;
  /**
   * What branching goes by at each site's places, [R, U]: the coefficients of its output, or what its lines cost there.
   * @param activations of the network at `point`
   */
  readonly seen: (activations: ReadonlyMap<string, Tensor>) => BySite<Tensor>;
} {
  const relaxations = relaxationsAt(problem, variables);
  const context: BackwardContext = {
    ...problem.context,
    relaxationOf: (name) => relaxations.get(name)?.relax ?? problem.others.get(name)!,
  };
  const bound = backwardWalk(problem.network, problem.start, context, problem.magnitudes);
  return {
    ...concretizeSoundly(bound, problem.box),
    point: minimizer(bound.coefficients, problem.box),
    seen: (activations) =>
      Object.fromEntries(
        [...relaxations].flatMap(([name, { seen, loss }]) => {
          const [input] = layerNamed(problem.network, name).inputs;
          const found = loss ? loss(activations.get(input)!) : seen.coefficients;
          return found ? [[name, found]] : [];
        }),
      ),
  };
}

/** rows · f(x) per row, [R]; rows [R,K], outputs [R,K]. */
export const rowMargins = (rows: Tensor, outputs: Tensor): Tensor => sum(mul(rows, flatten(outputs)), 1);
