/** @file A network made ready for bounding: shapes, sites of nonlinear layers, constants. */
import type { Network, Parameters } from '../nn/network.ts';
import { parameterSpecs, type Numbers } from '../nn/parameters.ts';
import { reachKey, roundingsOf } from '../nn/reach.ts';
import { layerShapes } from '../nn/shapes.ts';
import { constant, sizeOf, type Shape, type Tensor } from '../tensor/index.ts';
import type { BallNorm, Norm } from './ball.ts';
import { exactIntervals } from './exactIntervals.ts';
import type { BoundContext } from './rule.ts';
import { isNonlinear, type NonlinearLayer } from './nonlinear/table.ts';

/** A nonlinear layer and the layer whose output it reads: what is bounded before it can be passed. */
export interface Site {
  readonly name: string;
  readonly layer: NonlinearLayer;
  /** Layer (or `input`) with the values that it reads. */
  readonly input: string;
  /** Number of values read, and their shape. */
  readonly size: number;
  readonly shape: Shape;
  /** True where interval bounds are already exact: by `exactIntervals`, and input sets are boxes. */
  readonly first: boolean;
}

/** Architecture, numbers and what follows from both. Numbers must not change afterwards. */
export interface BoundNetwork {
  readonly network: Network;
  readonly values: Numbers;
  readonly shapes: ReadonlyMap<string, Shape>;
  readonly sites: readonly Site[];
  /** Name of the last layer. */
  readonly output: string;
  /** What input sets are: boxes (`inf`), or balls within boxes. */
  readonly norm: Norm;
}

export function boundNetwork(network: Network, values: Numbers): BoundNetwork {
  const shapes = layerShapes(network);
  const exact = exactIntervals(network);
  const sites = network.layers
    .filter(({ kind }) => isNonlinear(kind))
    .map((layer): Site => {
      const { name, inputs } = layer;
      const [input] = inputs;
      const shape = shapes.get(input)!;
      return {
        name,
        layer: layer as NonlinearLayer,
        input,
        size: sizeOf(shape),
        shape,
        first: exact.has(input),
      };
    });
  return { network, values, shapes, sites, output: network.layers.at(-1)!.name, norm: 'inf' };
}

/** The same network for input sets of a norm. */
export const withNorm = (net: BoundNetwork, norm: BallNorm): BoundNetwork => ({
  ...net,
  norm,
  sites: net.sites.map((site) => ({ ...site, first: false })),
});

/** Context whose parameters are constants of the program (in which ONNX Runtime lays them out ahead of time). */
export function constantContext(net: BoundNetwork): BoundContext {
  const params: Parameters<Tensor> = Object.fromEntries(
    parameterSpecs(net.network).map(({ key, shape }) => [key, constant(net.values[key], shape)]),
  );
  return {
    params,
    shapeOf: (name) => net.shapes.get(name)!,
    mergedOf: (layer) => {
      const reach = (name: 'weight' | 'bias'): Tensor | undefined => {
        const values = net.values[reachKey(layer, name)];
        return values && constant(values, params[`${layer}.${name}`].shape);
      };
      return { weight: reach('weight'), bias: reach('bias'), roundings: roundingsOf(net.values, layer) };
    },
  };
}

/** The part of a network up to one layer. */
export function prefix(net: BoundNetwork, layer: string): Network {
  const needed = new Set([layer]);
  for (const l of [...net.network.layers].reverse())
    if (needed.has(l.name)) l.inputs.forEach((name) => needed.add(name));
  return { ...net.network, layers: net.network.layers.filter((l) => needed.has(l.name)) };
}

/** Sites that a bound of `layer` passes through. */
export function sitesBefore(net: BoundNetwork, layer: string): Site[] {
  const names = new Set(prefix(net, layer).layers.map((l) => l.name));
  return net.sites.filter(({ name }) => names.has(name));
}
