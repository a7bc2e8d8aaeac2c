/** @file Leaky ReLUs and max poolings as ReLUs, so that splitting ReLUs decides them completely. */
import { ruleOf } from '../layers/rules.ts';
import type { LeakyReluLayer } from '../layers/leakyRelu.ts';
import type { MaxPool2dLayer } from '../layers/maxPool2d.ts';
import { convLength, type Shape } from '../../tensor/index.ts';
import type { NumberedNetwork } from '../foldBatchNorm.ts';
import type { Layer, LayerFields } from '../network.ts';
import type { Numbers } from '../parameters.ts';
import { layerList, type LayerList } from '../layerList.ts';
import { layerShapes } from '../shapes.ts';

/** Collects the layers that stand for one. */
interface Pieces {
  readonly list: LayerList;
  readonly numbers: Record<string, Numbers[string]>;
  /** Adds a layer and returns its name. */
  add(fields: LayerFields, ...inputs: string[]): string;
  /** Adds x·weight. */
  scaled(x: string, weight: number): string;
}

function pieces(name: string, shapes: ReadonlyMap<string, Shape>): Pieces {
  const list = layerList(shapes);
  const made: Pieces = {
    list,
    numbers: {},
    add: (fields, ...inputs) => list.add(fields, inputs, `${name}/${list.layers.length}`),
    scaled(x, weight) {
      const shape = list.shapeOf(x).map(() => 1);
      const layer = made.add({ kind: 'affine', shape, weight: true, bias: false }, x);
      made.numbers[`${layer}.weight`] = Float64Array.of(weight);
      return layer;
    },
  };
  return made;
}

/** slope·x + (1 − slope)·relu(x) */
function leaky(parts: Pieces, { inputs, negativeSlope }: LeakyReluLayer): string {
  const [x] = inputs as [string];
  const kink = parts.scaled(parts.add({ kind: 'relu' }, x), 1 - negativeSlope);
  return parts.add({ kind: 'add' }, parts.scaled(x, negativeSlope), kink);
}

/** max(a,b) = b + relu(a − b) */
function larger(parts: Pieces, a: string, b: string): string {
  const difference = parts.add({ kind: 'add' }, a, parts.scaled(b, -1));
  return parts.add({ kind: 'add' }, b, parts.add({ kind: 'relu' }, difference));
}

/** Maximum over windows along one axis of [C,H,W]: its places are strided slices, joined pairwise. */
function maximumAlong(parts: Pieces, x: string, axis: 1 | 2, kernel: number, stride: number): string {
  const shape = parts.list.shapeOf(x);
  const count = convLength(shape[axis], kernel, stride, 0, 1);
  let places = Array.from({ length: kernel }, (_, place) =>
    parts.add(
      {
        kind: 'slice',
        starts: shape.map((__, i) => (i === axis ? place : 0)),
        ends: shape.map((n, i) => (i === axis ? place + (count - 1) * stride + 1 : n)),
        steps: shape.map((__, i) => (i === axis ? stride : 1)),
      },
      x,
    ),
  );
  while (places.length > 1)
    places = Array.from({ length: Math.ceil(places.length / 2) }, (_, i) => {
      const [a, b] = [places[2 * i], places[2 * i + 1]];
      return b === undefined ? a : larger(parts, a, b);
    });
  return places[0];
}

/** x with its first and last elements along an axis repeated. */
function extended(parts: Pieces, x: string, axis: 1 | 2, before: number, after: number): string {
  const size = parts.list.shapeOf(x)[axis];
  const indices = Array.from({ length: before + size + after }, (_, i) =>
    Math.min(Math.max(i - before, 0), size - 1),
  );
  return before + after === 0 ? x : parts.add({ kind: 'gather', axis, indices }, x);
}

/**
 * Rows first, then columns.
 * @param zeros padding may be zeros; else it repeats what lies at the edge, which every window that reaches beyond holds
 */
function pooled(parts: Pieces, { inputs, kernel, stride, padding }: MaxPool2dLayer, zeros: boolean): string {
  let [x] = inputs as [string];
  const [top, left, bottom, right] = padding;
  if (!zeros) x = extended(parts, extended(parts, x, 1, top, bottom), 2, left, right);
  else if (padding.some((n) => n > 0))
    x = parts.add({ kind: 'pad', before: [0, top, left], after: [0, bottom, right] }, x);
  x = maximumAlong(parts, x, 1, kernel[0], stride[0]);
  return maximumAlong(parts, x, 2, kernel[1], stride[1]);
}

/** Zero padding never wins a maximum over values that are not negative. */
function isNonnegative(layers: readonly Layer[], name: string): boolean {
  const layer = layers.find((l) => l.name === name);
  const sign = layer && ruleOf(layer).nonnegative;
  return sign === 'always' || (sign === 'kept' && layer!.inputs.every((i) => isNonnegative(layers, i)));
}

function decomposed(network: readonly Layer[], layer: Layer, parts: Pieces): string | undefined {
  if (layer.kind === 'leakyRelu') return leaky(parts, layer);
  if (layer.kind !== 'maxPool2d') return undefined;
  return pooled(parts, layer, isNonnegative(network, layer.inputs[0]));
}

/**
 * The same function with ReLUs in place of every leaky ReLU and max pooling.
 * New layers are named `${layer}/0`, `${layer}/1`, …; the last one of each carries the layer's own name.
 */
export function decomposeToRelu({ network, numbers }: NumberedNetwork): NumberedNetwork {
  const shapes = layerShapes(network);
  const next = { ...numbers };
  const layers = network.layers.flatMap((layer) => {
    const parts = pieces(layer.name, shapes);
    const result = decomposed(network.layers, layer, parts);
    if (result === undefined) return [layer];
    Object.assign(next, parts.numbers);
    return parts.list.layers.map((l) => (l.name === result ? { ...l, name: layer.name } : l));
  });
  return { network: { ...network, layers }, numbers: next };
}
