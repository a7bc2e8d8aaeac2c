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
  where,
  constant,
  type Tensor,
  type TensorSpec,
} from '../tensor/index.ts';
import { backwardWalk } from './backward.ts';
import { ballKeys, ballOf, type BallKeys } from './ball.ts';
import { elementwiseSites, type CompactSite } from './compact.ts';
import { constantContext, prefix, sitesBefore, type BoundNetwork, type Site } from './boundNetwork.ts';
import { concretizeSoundly, type BoxTensors } from './concretize.ts';
import { forwardLinear } from './forwardLinear.ts';
import { ibp } from './ibp.ts';
import { fromCenter, magnitude, outwardFromCenter, type Interval } from './interval.ts';
import type { LowerSlope } from './nonlinear/lowerSlope.ts';
import type { SplitPlaces } from './nonlinear/member.ts';
import { relaxationFor } from './nonlinear/table.ts';
import {
  evaluateRows,
  optimizeRows,
  rowMargins,
  type OptimizerRates,
  type OptimizerState,
} from './optimizeRows.ts';
import type { BySite, RowProblem } from './rowProblem.ts';
import type { BackwardContext, Relaxation } from './rule.ts';

/** Bounds of what nonlinear layers read at the root, [1, n] each. */
export type RootSpecs = BySite<{ readonly lower: TensorSpec; readonly upper: TensorSpec }>;

/** Centre and radius of `boxes` boxes, and the parts of their balls where the network's input sets are balls. */
export function boxSpecs(
  net: BoundNetwork,
  boxes = 1,
): { center: TensorSpec; radius: TensorSpec } & BallKeys<TensorSpec> {
  const spec = float32([boxes, ...net.network.inputShape]);
  const parts = { center: spec, radius: spec, below: spec, above: spec };
  return { center: spec, radius: spec, ...(net.norm !== 'inf' && ballKeys(net.norm, parts)) };
}

export function rootSpecs(sites: readonly Site[]): RootSpecs {
  return Object.fromEntries(
    sites.map(({ name, size }) => [name, { lower: float32([1, size]), upper: float32([1, size]) }]),
  );
}

/** Interval bounds of what every site reads and of the output, widened by rounding; any batch of boxes. */
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
      sites: Object.fromEntries(net.sites.map(({ name, input }) => [name, flat(bounds.get(input)!)])),
      output: flat(bounds.get(net.output)!),
    };
  };
}

/** Forward linear bounds of what every site reads, [1, n] each. */
export function forwardProgram(net: BoundNetwork) {
  const context = constantContext(net);
  return ({ box }: { box: BoxTensors }) => {
    const bounds = forwardLinear(net.network, box, context);
    return Object.fromEntries(
      net.sites.map(({ name, input }) => {
        const { lower, upper } = bounds.get(input)!;
        return [name, { lower: flatten(lower), upper: flatten(upper) }];
      }),
    );
  };
}

/** Interval bounds (widened by rounding, unless told not to) of one layer, given bounds of the sites before it. */
export function intervalProgram(net: BoundNetwork, layer: string, outward = true) {
  const context = constantContext(net);
  const sites = sitesBefore(net, layer);
  return ({ box, root }: { box: BoxTensors; root: Bounds }) => {
    const input = (outward ? outwardFromCenter : fromCenter)(box.center, box.radius);
    const bounds = ibp(prefix(net, layer), input, context, {
      outward,
      known: knownIntervals(sites, root),
      ball: ballOf(box),
    }).get(layer)!;
    return { lower: flatten(bounds.lower), upper: flatten(bounds.upper) };
  };
}

type Bounds = BySite<{ readonly lower: Tensor; readonly upper: Tensor }>;

/** A site's root bounds in their own shape. */
function siteInterval({ name, shape }: Site, root: Bounds): Interval {
  const { lower, upper } = root[name];
  return { lower: reshape(lower, [1, ...shape]), upper: reshape(upper, [1, ...shape]) };
}

/** Root bounds as intervals of the layers that sites read. */
const knownIntervals = (sites: readonly Site[], root: Bounds): Map<string, Interval> =>
  new Map(sites.map((site) => [site.input, siteInterval(site, root)]));

/** Magnitudes of every layer for the rounding rule, from intervals that meet the root bounds. */
function magnitudesOf(
  net: BoundNetwork,
  layer: string,
  sites: readonly Site[],
  box: BoxTensors,
  root: Bounds,
): ReadonlyMap<string, Tensor> {
  const intervals = ibp(prefix(net, layer), outwardFromCenter(box.center, box.radius), constantContext(net), {
    outward: true,
    known: knownIntervals(sites, root),
    ball: ballOf(box),
  });
  return new Map([...intervals].map(([name, interval]) => [name, magnitude(interval)]));
}

/** CROWN's relaxations of sites over root bounds. */
const relaxationsOf = (
  sites: readonly Site[],
  root: Bounds,
  slope?: LowerSlope,
): ReadonlyMap<string, Relaxation> =>
  new Map(sites.map((site) => [site.name, relaxationFor(site.layer, siteInterval(site, root), slope)]));

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
  const sites = sitesBefore(net, layer);
  return ({ box, root, start }: { box: BoxTensors; root: Bounds; start: RowsInput }) => {
    const relaxations = relaxationsOf(sites, root, slope);
    const context: BackwardContext = {
      ...constantContext(net),
      relaxationOf: (name) => relaxations.get(name)!,
    };
    const magnitudes = magnitudesOf(net, layer, sites, box, root);
    const coefficients = startRows(start, net.shapes.get(layer)!);
    const bound = backwardWalk(prefix(net, layer), { layer, coefficients }, context, magnitudes);
    return concretizeSoundly(bound, box);
  };
}

/** Shapes of an optimisation program. */
export interface RowSizes {
  /** R. */
  readonly rows: number;
  /** U by elementwise site: a bucket, or all its neurons. */
  readonly places: BySite<number>;
  /** D: places for splits in each site, each row with bounds of its own; 0 at the root, where bounds are shared. */
  readonly splits: number;
  /** One α for all rows, which is raised for the sum of their bounds: less memory, looser bounds. */
  readonly sharedAlpha?: boolean;
}

/** How many places the sites of a root box have. */
export const placesOf = (sites: readonly CompactSite[]): BySite<number> =>
  Object.fromEntries(sites.map(({ name, index }) => [name, index.length]));

/** Compact inputs of one site. */
export interface CompactInputs<T> {
  readonly index?: T;
  readonly lower: T;
  readonly upper: T;
  readonly split?: SplitPlaces<T>;
}

/** @param sites that a bound passes; where all neurons are compact there is no index, and split points where not all are 0 */
export function compactSpecs(
  { rows, places, splits }: RowSizes,
  sites: readonly Site[],
): BySite<CompactInputs<TensorSpec>> {
  return Object.fromEntries(
    elementwiseSites(sites).map(({ name, size, member }) => {
      const u = places[name];
      const bound = float32([splits > 0 ? rows : 1, u]);
      const each = float32([rows, splits]);
      const split = { position: int32([rows, splits]), side: each, ...(!member.gathered && { point: each }) };
      return [
        name,
        { ...(u < size && { index: int32([u]) }), lower: bound, upper: bound, ...(splits > 0 && { split }) },
      ];
    }),
  );
}

export function stateSpecs({ rows, places, splits, sharedAlpha = false }: RowSizes, sites: readonly Site[]) {
  const each = (copies: number, length: (places: number, perNeuron: number) => number): BySite<TensorSpec> =>
    Object.fromEntries(
      elementwiseSites(sites).map(({ name, member }) => [
        name,
        float32([copies, length(places[name], member.variables)]),
      ]),
    );
  const variables = {
    alpha: each(sharedAlpha ? 1 : rows, (neurons, perNeuron) => neurons * perNeuron),
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
 * Returns the optimiser's state and the bounds with their rounding; for rows of the output what branching goes by: the
 * bounds' minimisers (candidate counterexamples), their margins, and what is seen at the compact neurons.
 */
export function optimizeProgram(net: BoundNetwork, layer: string, iterations: number, rates: OptimizerRates) {
  const sites = sitesBefore(net, layer);
  return (args: {
    box: BoxTensors;
    root: Bounds;
    compact: BySite<CompactInputs<Tensor>>;
    start: RowsInput;
    state: OptimizerState;
  }) => {
    const { box, root, compact, start, state } = args;
    const problem: RowProblem = {
      network: prefix(net, layer),
      context: constantContext(net),
      start: { layer, coefficients: startRows(start, net.shapes.get(layer)!) },
      box,
      sites: Object.fromEntries(
        elementwiseSites(sites).map(({ name }) => [
          name,
          { ...compact[name], active: where(ge(root[name].lower, 0), 1, 0) },
        ]),
      ),
      others: relaxationsOf(
        sites.filter(({ name }) => !(name in compact)),
        root,
      ),
      magnitudes: magnitudesOf(net, layer, sites, box, root),
    };
    const after = optimizeRows(problem, state, iterations, rates);
    const found = evaluateRows(problem, after.best);
    const { lower, rounding, point } = found;
    if (layer !== net.output || !('rows' in start)) return { state: after, lower, rounding };
    const { params } = problem.context;
    const { activations, output } = forward(net.network, params, stopGradient(point), { mode: 'eval' });
    const branching = { point, margin: rowMargins(start.rows, output), seen: found.seen(activations) };
    return { state: after, lower, rounding, branching };
  };
}
