/** @file Affine layers merged into the weighted or affine layer before or after them, where f32 holds the result. */
import { broadcastShapes, type Shape } from '../../tensor/index.ts';
import type { AffineLayer, Conv2dLayer, ConvTranspose2dLayer, Layer, LinearLayer } from '../network.ts';
import type { Numbers } from '../parameters.ts';
import { mergedNumbers, reachKey, reachOf, roundingsOf } from '../reach.ts';
import { isChannelwise, scaleAndShift, type ScaleAndShift } from './affineParameters.ts';
import { bypass, layerBefore, shapesOf, soleReader, update, type Draft, type Rewrite } from './draft.ts';

type Weighted = Conv2dLayer | ConvTranspose2dLayer | LinearLayer;

const isWeighted = (layer: Layer | undefined): layer is Weighted =>
  layer?.kind === 'conv2d' || layer?.kind === 'linear' || layer?.kind === 'convTranspose2d';

/** s·(W x + b) + t: rows of W and b scaled, t added. */
function intoWeightedBefore(draft: Draft, layer: AffineLayer, before: Weighted): boolean {
  const channels = before.kind === 'linear' ? before.outFeatures : before.outChannels;
  const perChannel: Shape = before.kind === 'linear' ? [channels] : [channels, 1, 1];
  if (before.kind !== 'linear' && (!isChannelwise(layer) || layer.shape.length > 3)) return false;
  const { numbers } = draft;
  const { scale, shift, reach, roundings } = scaleAndShift(draft, layer, perChannel);
  const weight = numbers[`${before.name}.weight`];
  const bias = numbers[`${before.name}.bias`];
  const biasReach = reachOf(numbers, before.name, 'bias');
  const channelOf = outChannelOf(before, weight.length);
  return merge(
    draft,
    layer,
    { ...before, bias: true },
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

/** The output channel that element i of the weights belongs to. */
function outChannelOf(layer: Weighted, size: number): (i: number) => number {
  if (layer.kind !== 'convTranspose2d') {
    const each = size / (layer.kind === 'linear' ? layer.outFeatures : layer.outChannels);
    return (i) => Math.floor(i / each);
  }
  const taps = layer.kernel[0] * layer.kernel[1];
  const [inside, perGroup] = [layer.outChannels / layer.groups, layer.inChannels / layer.groups];
  return (i) => {
    const position = Math.floor(i / taps);
    return Math.floor(Math.floor(position / inside) / perGroup) * inside + (position % inside);
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
  const before = layer.kind === 'affine' ? layerBefore(draft, layer) : undefined;
  if (layer.kind !== 'affine' || !before || soleReader(draft, before.name) !== layer) return false;
  if (before.kind === 'affine') return intoAffineBefore(draft, layer, before);
  return isWeighted(before) && intoWeightedBefore(draft, layer, before);
};

/** W(s∘x + t) + b = (W∘s)x + (b + W t) */
function intoLinearAfter(draft: Draft, layer: AffineLayer, after: LinearLayer, input: Shape): boolean {
  const { inFeatures } = after;
  return intoAfter(draft, layer, after, scaleAndShift(draft, layer, input), (i) => ({
    input: i % inFeatures,
    output: Math.floor(i / inFeatures),
  }));
}

/** The same for a convolution; a shift would be lost at zero padding, so there must be none. */
function intoConvAfter(draft: Draft, layer: AffineLayer, after: Conv2dLayer, input: Shape): boolean {
  if (!isChannelwise(layer)) return false;
  const parts = scaleAndShift(draft, layer, [input[0], 1, 1]);
  if (after.padding.some((n) => n > 0) && parts.shift.some((t) => t !== 0)) return false;
  const taps = after.kernel[0] * after.kernel[1];
  const inside = after.inChannels / after.groups;
  const outPerGroup = after.outChannels / after.groups;
  return intoAfter(draft, layer, after, parts, (i) => {
    const position = Math.floor(i / taps);
    const output = Math.floor(position / inside);
    return { output, input: Math.floor(output / outPerGroup) * inside + (position % inside) };
  });
}

/** @param placeOf what element i of the weights reads, in the affine layer's numbers, and what it is part of */
function intoAfter(
  draft: Draft,
  layer: AffineLayer,
  after: LinearLayer | Conv2dLayer,
  { scale, shift, reach, roundings }: ScaleAndShift,
  placeOf: (i: number) => { readonly input: number; readonly output: number },
): boolean {
  const { numbers } = draft;
  const outputs = after.kind === 'linear' ? after.outFeatures : after.outChannels;
  const weight = numbers[`${after.name}.weight`];
  const weightReach = numbers[reachKey(after.name, 'weight')] ?? weight;
  const values = Float64Array.from(numbers[`${after.name}.bias`] ?? new Float64Array(outputs));
  const biasReach = Float64Array.from(reachOf(numbers, after.name, 'bias') ?? new Float64Array(outputs));
  for (let i = 0; i < weight.length; i++) {
    const { input, output } = placeOf(i);
    values[output] += weight[i] * shift[input];
    biasReach[output] += Math.abs(weightReach[i]) * reach[input];
  }
  return merge(
    draft,
    layer,
    { ...after, bias: true },
    mergedNumbers(
      after.name,
      scaledWeights(numbers, after.name, (i) => scale[placeOf(i).input]),
      { values, reach: biasReach },
      roundings + 1 + roundingsOf(numbers, after.name),
    ),
  );
}

/** An affine layer read by one linear layer alone, a flatten between them or not, or by one convolution. */
export const mergeAffineForward: Rewrite = (draft, layer) => {
  if (layer.kind !== 'affine') return false;
  const input = shapesOf(draft).get(layer.name)!;
  let after = soleReader(draft, layer.name);
  if (after?.kind === 'conv2d') return intoConvAfter(draft, layer, after, input);
  if (after?.kind === 'flatten' || after?.kind === 'reshape') after = soleReader(draft, after.name);
  if (after?.kind !== 'linear') return false;
  return intoLinearAfter(draft, layer, after, input);
};
