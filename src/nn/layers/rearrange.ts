/** @file reshape, permute, slice, cat, pad, gather, sum: layers that move, repeat or add up elements. */
import { apply } from '../../tensor/apply.ts';
import {
  cat as join,
  constant,
  indexSelect,
  permute as permuted,
  reshape as reshaped,
  sum as summed,
  type Shape,
} from '../../tensor/index.ts';
import type {
  CatLayer,
  GatherLayer,
  PadLayer,
  PermuteLayer,
  ReshapeLayer,
  SliceLayer,
  SumLayer,
} from '../network.ts';
import { noParameters, unfit, type LayerRule } from './definition.ts';

const sizeOf = (shape: Shape): number => shape.reduce((n, d) => n * d, 1);

export const reshape: LayerRule<ReshapeLayer> = {
  shape(layer, inputs) {
    if (sizeOf(inputs[0]) !== sizeOf(layer.shape))
      throw unfit(layer, inputs, `its elements do not fill [${layer.shape.join(',')}]`);
    return layer.shape;
  },
  parameters: noParameters,
  forward: ({ layer, inputs }) => reshaped(inputs[0], [inputs[0].shape[0], ...layer.shape]),
};

export const permute: LayerRule<PermuteLayer> = {
  shape(layer, inputs) {
    const given = inputs[0];
    if ([...layer.order].sort((a, b) => a - b).join() !== given.map((_, i) => i).join())
      throw unfit(layer, inputs, `the order [${layer.order.join(',')}] does not name every axis once`);
    return layer.order.map((axis) => given[axis]);
  },
  parameters: noParameters,
  forward: ({ layer, inputs }) => permuted(inputs[0], [0, ...layer.order.map((axis) => axis + 1)]),
};

export const slice: LayerRule<SliceLayer> = {
  shape(layer, inputs) {
    const given = inputs[0];
    const { starts, ends, steps } = layer;
    const lengths = given.map((_, i) => Math.ceil((ends[i] - starts[i]) / steps[i]));
    const inside = given.every((n, i) => starts[i] >= 0 && ends[i] <= n && steps[i] >= 1 && lengths[i] > 0);
    if (starts.length !== given.length || !inside)
      throw unfit(layer, inputs, `it reads from [${starts.join(',')}] up to [${ends.join(',')}]`);
    return lengths;
  },
  parameters: noParameters,
  forward: ({ layer, inputs }) =>
    apply('slice', inputs, {
      starts: [0, ...layer.starts],
      ends: [inputs[0].shape[0], ...layer.ends],
      steps: [1, ...layer.steps],
    }),
};

export const cat: LayerRule<CatLayer> = {
  shape(layer, inputs) {
    const [first] = inputs;
    const { axis } = layer;
    const fits = inputs.every(
      (s) => s.length === first.length && s.every((n, i) => i === axis || n === first[i]),
    );
    if (!fits || !(axis >= 0 && axis < first.length))
      throw unfit(layer, inputs, `they cannot stand side by side along axis ${axis}`);
    return first.map((n, i) => (i === axis ? inputs.reduce((total, s) => total + s[axis], 0) : n));
  },
  parameters: noParameters,
  forward: ({ layer, inputs }) => join(inputs, layer.axis + 1),
};

export const pad: LayerRule<PadLayer> = {
  shape(layer, inputs) {
    const given = inputs[0];
    const { before, after } = layer;
    if (before.length !== given.length || [...before, ...after].some((n) => n < 0))
      throw unfit(layer, inputs, `its padding is [${before.join(',')}] and [${after.join(',')}]`);
    return given.map((n, i) => n + before[i] + after[i]);
  },
  parameters: noParameters,
  forward: ({ layer, inputs }) =>
    apply('pad', inputs, {
      before: [0, ...layer.before],
      after: [0, ...layer.after],
      interior: inputs[0].shape.map(() => 0),
    }),
};

export const gather: LayerRule<GatherLayer> = {
  shape(layer, inputs) {
    const length = inputs[0][layer.axis] ?? 0;
    if (layer.indices.some((i) => !(i >= 0 && i < length)))
      throw unfit(layer, inputs, `it reads a position outside axis ${layer.axis}`);
    return inputs[0].map((n, i) => (i === layer.axis ? layer.indices.length : n));
  },
  parameters: noParameters,
  forward: ({ layer, inputs }) =>
    indexSelect(inputs[0], layer.axis + 1, constant(Int32Array.from(layer.indices))),
};

export const sum: LayerRule<SumLayer> = {
  shape(layer, inputs) {
    if (layer.axes.some((axis) => !(axis >= 0 && axis < inputs[0].length)))
      throw unfit(layer, inputs, `it adds up axes [${layer.axes.join(',')}]`);
    return inputs[0].map((n, i) => (layer.axes.includes(i) ? 1 : n));
  },
  parameters: noParameters,
  forward: ({ layer, inputs }) =>
    summed(
      inputs[0],
      layer.axes.map((axis) => axis + 1),
      true,
    ),
};
