/** @file Affine layers merged into the weighted or affine layer before or after them, where f32 holds the result. */
import { broadcastShapes, sizeOf, type Shape } from '../../tensor/index.ts';
import { isAffine, type AffineLayer } from '../layers/affine.ts';
import type { WeightLayout } from '../layers/definition.ts';
import { ruleOf, weightOf } from '../layers/rules.ts';
import { channelsOfWeights } from '../layers/weights.ts';
import type { Layer } from '../network.ts';
import type { Numbers } from '../parameters.ts';
import { mergedNumbers, reachKey, reachOf, roundingsOf } from '../reach.ts';
import { isChannelwise, scaleAndShift } from './affineParameters.ts';
import { bypass, layerBefore, shapesOf, soleReader, update, type Draft, type Rewrite } from './draft.ts';

/** One number for each channel of a value of this shape. */
const channelsAlone = (shape: Shape): Shape => shape.map((n, axis) => (axis === 0 ? n : 1));

/** Whether an affine layer on a value of this shape has no more than one number for each channel. */
const isPerChannel = (layer: AffineLayer, value: Shape): boolean =>
  value.length === 1 || (isChannelwise(layer) && layer.shape.length <= value.length);

/** s·(W x + b) + t: rows of W and b scaled, t added. */
function intoWeightedBefore(draft: Draft, layer: AffineLayer, before: Layer, layout: WeightLayout): boolean {
  const output = shapesOf(draft).get(before.name)!;
  const perChannel = channelsAlone(output);
  if (!isPerChannel(layer, output)) return false;
  const { numbers } = draft;
  const { scale, shift, reach, roundings } = scaleAndShift(draft, layer, perChannel);
  const bias = numbers[`${before.name}.bias`];
  const biasReach = reachOf(numbers, before.name, 'bias');
  const channelOf = channelsOfWeights(layout).output;
  return merge(
    draft,
    layer,
    { ...before, bias: true } as Layer,
    mergedNumbers(
      before.name,
      scaledWeights(numbers, before.name, (i) => scale[channelOf(i)]),
      {
        values: shift.map((t, c) => t + (bias?.[c] ?? 0) * scale[c]),
        reach: reach.map((t, c) => t + (biasReach?.[c] ?? 0) * Math.abs(scale[c])),
      },
      roundings + 1 + roundingsOf(numbers, before.name),
    ),
  );
}

/** Puts a layer with merged numbers in place of two; not where there are none. */
function merge(
  draft: Draft,
  gone: AffineLayer,
  into: Layer,
  numbers: Record<string, Numbers[string]> | undefined,
): boolean {
  if (!numbers) return false;
  bypass(draft, gone);
  const kept = draft.layers.find((l) => l.name === into.name)!;
  update(draft, { ...into, inputs: kept.inputs }, numbers);
  return true;
}

/** A layer's weights, and their reach where they have one, times a factor each. */
function scaledWeights(
  numbers: Numbers,
  name: string,
  factorOf: (i: number) => number,
): { values: Float64Array; reach?: Float64Array } {
  // Millions of elements: Float64Array.from with a function takes many times longer than this loop.
  const scaled = (from: Numbers[string], part: (factor: number) => number): Float64Array => {
    const values = new Float64Array(from);
    for (let i = 0; i < values.length; i++) values[i] *= part(factorOf(i));
    return values;
  };
  const reach = numbers[reachKey(name, 'weight')];
  return {
    values: scaled(numbers[`${name}.weight`], (factor) => factor),
    ...(reach && { reach: scaled(reach, Math.abs) }),
  };
}

/** (x·s₁ + t₁)·s₂ + t₂ */
function intoAffineBefore(draft: Draft, layer: AffineLayer, before: AffineLayer): boolean {
  const shape = broadcastShapes(layer.shape, before.shape)!;
  const first = scaleAndShift(draft, before, shape);
  const second = scaleAndShift(draft, layer, shape);
  return merge(
    draft,
    layer,
    { ...before, shape, weight: true, bias: true },
    mergedNumbers(
      before.name,
      { values: first.scale.map((s, i) => s * second.scale[i]) },
      {
        values: first.shift.map((t, i) => t * second.scale[i] + second.shift[i]),
        reach: first.reach.map((t, i) => t * Math.abs(second.scale[i]) + second.reach[i]),
      },
      first.roundings + second.roundings,
    ),
  );
}

/** An affine layer that alone reads a weighted or affine layer becomes part of it. */
export const mergeAffineBackward: Rewrite = (draft, layer) => {
  const before = layerBefore(draft, layer);
  if (!isAffine(layer) || !before || soleReader(draft, before.name) !== layer) return false;
  if (isAffine(before)) return intoAffineBefore(draft, layer, before);
  const layout = weightOf(before);
  return layout !== undefined && intoWeightedBefore(draft, layer, before, layout);
};

/**
 * W(s∘x + t) + b = (W∘s)x + (b + W t). A kernel beyond the border, where the shift is not, does not see W t everywhere:
 * there must then be no shift.
 */
function intoWeightedAfter(draft: Draft, layer: AffineLayer, after: Layer, layout: WeightLayout): boolean {
  const { numbers } = draft;
  const value = shapesOf(draft).get(layer.name)!;
  const flat = layout.inputs === sizeOf(value);
  if (!flat && !isPerChannel(layer, value)) return false;
  const { scale, shift, reach, roundings } = scaleAndShift(draft, layer, flat ? value : channelsAlone(value));
  if (layout.padded && shift.some((t) => t !== 0)) return false;
  const { input, output } = channelsOfWeights(layout);
  const weight = numbers[`${after.name}.weight`];
  const weightReach = numbers[reachKey(after.name, 'weight')] ?? weight;
  const none = new Float64Array(layout.outputs);
  const values = Float64Array.from(numbers[`${after.name}.bias`] ?? none);
  const biasReach = Float64Array.from(reachOf(numbers, after.name, 'bias') ?? none);
  for (let i = 0; i < weight.length; i++) {
    values[output(i)] += weight[i] * shift[input(i)];
    biasReach[output(i)] += Math.abs(weightReach[i]) * reach[input(i)];
  }
  return merge(
    draft,
    layer,
    { ...after, bias: true } as Layer,
    mergedNumbers(
      after.name,
      scaledWeights(numbers, after.name, (i) => scale[input(i)]),
      { values, reach: biasReach },
      roundings + 1 + roundingsOf(numbers, after.name),
    ),
  );
}

/** An affine layer read by one weighted layer alone; where every element is a channel, another shape between them or not. */
export const mergeAffineForward: Rewrite = (draft, layer) => {
  if (!isAffine(layer)) return false;
  let after = soleReader(draft, layer.name);
  const relabelled = after && ruleOf(after).form === 'relabels';
  if (after && relabelled) after = soleReader(draft, after.name);
  const layout = after && weightOf(after);
  if (!after || !layout) return false;
  if (relabelled && layout.inputs !== sizeOf(shapesOf(draft).get(layer.name)!)) return false;
  return intoWeightedAfter(draft, layer, after, layout);
};
