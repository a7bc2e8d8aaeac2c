/** @file The traced programs of a bounded network: functions of a box and bounds, ready to compile. */
import { forward } from '../nn/forward.ts';
import {
  eq,
  expand,
  float32,
  indicator,
  int32,
  mul,
  reshape,
  ge,
  flatten,
  stopGradient,
  constant,
  type Tensor,
  type TensorSpec,
} from '../tensor/index.ts';
import { backwardWalk } from './backward.ts';
import { ballKeys, ballOf, type BallKeys } from './ball.ts';
import { constantContext, prefix, relusBefore, type BoundNetwork, type ReluSite } from './boundNetwork.ts';
import { concretizeSoundly, type BoxTensors } from './concretize.ts';
import { forwardLinear } from './forwardLinear.ts';
import { ibp } from './ibp.ts';
import { intervalRelaxations } from './intervalRelaxations.ts';
import { fromCenter, magnitude, outwardFromCenter, type Interval } from './interval.ts';
import {
  evaluateRows,
  optimizeRows,
  rowMargins,
  type ByRelu,
  type OptimizerRates,
  type OptimizerState,
  type RowProblem,
} from './optimizeRows.ts';
import type { BackwardContext, Relaxation } from './rule.ts';
import { denseRelaxation, reluLines, type LowerSlope } from './rules/relu.ts';

/** Pre-activation bounds of ReLU layers at the root, [1, n] each. */
export type RootSpecs = ByRelu<{ readonly lower: TensorSpec; readonly upper: TensorSpec }>;

/** Centre and radius of `boxes` boxes, and the parts of their balls where the network's input sets are balls. */
export function boxSpecs(
  net: BoundNetwork,
  boxes = 1,
): { center: TensorSpec; radius: TensorSpec } & BallKeys<TensorSpec> {
  const spec = float32([boxes, ...net.network.inputShape]);
  const parts = { center: spec, radius: spec, below: spec, above: spec };
  return { center: spec, radius: spec, ...(net.norm !== 'inf' && ballKeys(net.norm, parts)) };
}

export function rootSpecs(relus: readonly ReluSite[]): RootSpecs {
  return Object.fromEntries(
    relus.map((r) => [r.name, { lower: float32([1, r.size]), upper: float32([1, r.size]) }]),
  );
}

/** Interval bounds on every ReLU's input and on the output, widened by rounding; any batch of boxes. */
export function ibpProgram(net: BoundNetwork) {
  const context = constantContext(net);
  return ({ box }: { box: BoxTensors }) => {
    const bounds = ibp(net.network, outwardFromCenter(box.center, box.radius), context, {
      outward: true,
      ball: ballOf(box),
    });
    const flat = (interval: Interval): Interval => ({
      lower: flatten(interval.lower),
      upper: flatten(interval.upper),
    });
    return {
      relus: Object.fromEntries(net.relus.map((r) => [r.name, flat(bounds.get(r.input)!)])),
      output: flat(bounds.get(net.output)!),
    };
  };
}

/** Forward linear bounds of every ReLU's input, [1, n] each. */
export function forwardProgram(net: BoundNetwork) {
  const context = constantContext(net);
  return ({ box }: { box: BoxTensors }) => {
    const bounds = forwardLinear(net.network, box, context);
    return Object.fromEntries(
      net.relus.map(({ name, input }) => {
        const { lower, upper } = bounds.get(input)!;
        return [name, { lower: flatten(lower), upper: flatten(upper) }];
      }),
    );
  };
}

/** Interval bounds (widened by rounding, unless told not to) of one layer, given bounds of the ReLUs before it. */
export function intervalProgram(net: BoundNetwork, layer: string, outward = true) {
  const context = constantContext(net);
  const relus = relusBefore(net, layer);
  return ({ box, root }: { box: BoxTensors; root: Bounds }) => {
    const input = (outward ? outwardFromCenter : fromCenter)(box.center, box.radius);
    const bounds = ibp(prefix(net, layer), input, context, {
      outward,
      known: knownIntervals(relus, root),
      ball: ballOf(box),
    }).get(layer)!;
    return { lower: flatten(bounds.lower), upper: flatten(bounds.upper) };
  };
}

type Bounds = ByRelu<{ readonly lower: Tensor; readonly upper: Tensor }>;

/** Root bounds as intervals of the layers that ReLUs read, in their own shapes. */
function knownIntervals(relus: readonly ReluSite[], root: Bounds): Map<string, Interval> {
  return new Map(
    relus.map((r) => {
      const { lower, upper } = root[r.name];
      const shape = [1, ...r.shape];
      return [r.input, { lower: reshape(lower, shape), upper: reshape(upper, shape) }];
    }),
  );
}

/** What follows from root bounds: magnitudes for the rounding rule, relaxations of nonlinear layers other than ReLU. */
interface Surroundings {
  readonly magnitudes: ReadonlyMap<string, Tensor>;
  readonly others: ReadonlyMap<string, Relaxation>;
}

/** Intervals of every layer that meet the root bounds, and what is read off them. */
function surroundingsOf(
  net: BoundNetwork,
  layer: string,
  relus: readonly ReluSite[],
  box: BoxTensors,
  root: Bounds,
): Surroundings {
  const part = prefix(net, layer);
  const known = knownIntervals(relus, root);
  const intervals = ibp(part, outwardFromCenter(box.center, box.radius), constantContext(net), {
    outward: true,
    known,
    ball: ballOf(box),
  });
  return {
    magnitudes: new Map([...intervals].map(([name, interval]) => [name, magnitude(interval)])),
    others: intervalRelaxations(part, intervals, ['relu']),
  };
}

/** Which values of a layer are bounded: arbitrary rows [R, n], or ±unit rows of chosen neurons. */
export type RowsInput = { readonly rows: Tensor } | { readonly index: Tensor; readonly sign: Tensor };

export const arbitraryRows = (rows: number, size: number) => ({ rows: float32([rows, size]) });
export const neuronRows = (rows: number) => ({ index: int32([rows]), sign: float32([rows]) });

function startRows(input: RowsInput, shape: readonly number[]): Tensor {
  const size = shape.reduce((a, b) => a * b, 1);
  if ('rows' in input) return reshape(input.rows, [input.rows.shape[0], ...shape]);
  const count = input.index.shape[0];
  const positions = constant(
    Int32Array.from({ length: size }, (_, i) => i),
    [1, size],
  );
  const hit = indicator(eq(expand(reshape(input.index, [count, 1]), [count, 1]), positions));
  return reshape(mul(hit, reshape(input.sign, [count, 1])), [count, ...shape]);
}

/** CROWN's lower bounds of rows of `layer`, with fixed slopes. */
export function crownProgram(net: BoundNetwork, layer: string, slope: LowerSlope = 'adaptive') {
  const relus = relusBefore(net, layer);
  return ({ box, root, start }: { box: BoxTensors; root: Bounds; start: RowsInput }) => {
    const context = constantContext(net);
    const relaxations = new Map(
      relus.map((r) => {
        const { lower, upper } = root[r.name];
        const shape = [1, ...r.shape];
        return [
          r.name,
          denseRelaxation(reluLines({ lower: reshape(lower, shape), upper: reshape(upper, shape) }, slope)),
        ];
      }),
    );
    const { magnitudes, others } = surroundingsOf(net, layer, relus, box, root);
    const walkContext: BackwardContext = {
      ...context,
      relaxationOf: (name) => relaxations.get(name) ?? others.get(name)!,
    };
    const coefficients = startRows(start, net.shapes.get(layer)!);
    const bound = backwardWalk(prefix(net, layer), { layer, coefficients }, walkContext, magnitudes);
    return concretizeSoundly(bound, box);
  };
}

/** Shapes of an optimisation program. */
export interface RowSizes {
  /** R. */
  readonly rows: number;
  /** U by ReLU: a bucket, or all its neurons. */
  readonly unstable: ByRelu<number>;
  /** D: places for splits in each ReLU, each row with bounds of its own; 0 at the root, where bounds are shared. */
  readonly splits: number;
  /** One α for all rows, which is raised for the sum of their bounds: less memory, looser bounds. */
  readonly sharedAlpha?: boolean;
}

/** Compact inputs of one ReLU. */
export interface CompactInputs<T> {
  readonly index?: T;
  readonly lower: T;
  readonly upper: T;
  readonly split?: { readonly position: T; readonly side: T };
}

/** @param relus the sites of `sizes.unstable`; where all neurons are compact there is no index */
export function compactSpecs(
  { rows, unstable, splits }: RowSizes,
  relus: readonly ReluSite[],
): ByRelu<CompactInputs<TensorSpec>> {
  return Object.fromEntries(
    relus.map(({ name, size }) => {
      const u = unstable[name];
      const bound = float32([splits > 0 ? rows : 1, u]);
      const split = { position: int32([rows, splits]), side: float32([rows, splits]) };
      return [
        name,
        { ...(u < size && { index: int32([u]) }), lower: bound, upper: bound, ...(splits > 0 && { split }) },
      ];
    }),
  );
}

export function stateSpecs({ rows, unstable, splits, sharedAlpha = false }: RowSizes) {
  const each = (copies: number, length: (u: number) => number): ByRelu<TensorSpec> =>
    Object.fromEntries(Object.entries(unstable).map(([name, u]) => [name, float32([copies, length(u)])]));
  const variables = {
    alpha: each(sharedAlpha ? 1 : rows, (u) => u),
    beta: splits > 0 ? each(rows, () => splits) : {},
  };
  return {
    current: variables,
    first: variables,
    second: variables,
    best: variables,
    bestLower: float32([rows]),
    step: float32([]),
  };
}

/**
 * A block of α/β iterations on rows of `layer`, then the evaluation at the best variables.
 * Returns the optimiser's state, the bounds with their rounding, the coefficients at unstable neurons,
 * and for the output layer the margins of the bounds' minimisers (candidate counterexamples).
 */
export function optimizeProgram(net: BoundNetwork, layer: string, iterations: number, rates: OptimizerRates) {
  const relus = relusBefore(net, layer);
  return (args: {
    box: BoxTensors;
    root: Bounds;
    compact: ByRelu<CompactInputs<Tensor>>;
    start: RowsInput;
    state: OptimizerState;
  }) => {
    const { box, root, compact, start, state } = args;
    const context = constantContext(net);
    const problem: RowProblem = {
      network: prefix(net, layer),
      context,
      start: { layer, coefficients: startRows(start, net.shapes.get(layer)!) },
      box,
      relus: Object.fromEntries(
        relus.map((r) => [r.name, { ...compact[r.name], active: indicator(ge(root[r.name].lower, 0)) }]),
      ),
      ...surroundingsOf(net, layer, relus, box, root),
    };
    const after = optimizeRows(problem, state, iterations, rates);
    const { lower, rounding, seen, point } = evaluateRows(problem, after.best);
    const candidate =
      layer === net.output && 'rows' in start
        ? {
            margin: rowMargins(
              start.rows,
              forward(net.network, context.params, stopGradient(point), { mode: 'eval' }).output,
            ),
          }
        : {};
    return { state: after, lower, rounding, seen, point, ...candidate };
  };
}
