/** @file Affine layers merged into the weighted or affine layer before or after them, where that is exact. */
import { broadcastShapes, type Shape } from '../../tensor/index.ts';
import type { AffineLayer, Conv2dLayer, ConvTranspose2dLayer, Layer, LinearLayer } from '../network.ts';
import { isChannelwise, scaleAndShift } from './affineParameters.ts';
import { bypass, layerBefore, shapesOf, soleReader, update, type Draft, type Rewrite } from './draft.ts';

type Weighted = Conv2dLayer | ConvTranspose2dLayer | LinearLayer;

const isWeighted = (layer: Layer | undefined): layer is Weighted =>
  layer?.kind === 'conv2d' || layer?.kind === 'linear' || layer?.kind === 'convTranspose2d';

/** s·(W x + b) + t: rows of W and b scaled, t added. */
function intoWeightedBefore(draft: Draft, layer: AffineLayer, before: Weighted): boolean {
  const channels = before.kind === 'linear' ? before.outFeatures : before.outChannels;
  const perChannel: Shape = before.kind === 'linear' ? [channels] : [channels, 1, 1];
  if (before.kind !== 'linear' && (!isChannelwise(layer) || layer.shape.length > 3)) return false;
  const { scale, shift } = scaleAndShift(draft, layer, perChannel);
  // Millions of elements: Float64Array.from with a function takes many times longer than this loop.
  const weight = new Float64Array(draft.numbers[`${before.name}.weight`]);
  const bias = draft.numbers[`${before.name}.bias`];
  const channelOf = outChannelOf(before, weight.length);
  for (let i = 0; i < weight.length; i++) weight[i] *= scale[channelOf(i)];
  bypass(draft, layer);
  update(
    draft,
    { ...before, bias: true },
    {
      weight,
      bias: shift.map((t, c) => t + (bias?.[c] ?? 0) * scale[c]),
    },
  );
  return true;
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
  bypass(draft, layer);
  update(
    draft,
    { ...before, shape, weight: true, bias: true },
    {
      weight: first.scale.map((s, i) => s * second.scale[i]),
      bias: first.shift.map((t, i) => t * second.scale[i] + second.shift[i]),
    },
  );
  return true;
}

/** An affine layer that alone reads a weighted or affine layer becomes part of it. */
export const mergeAffineBackward: Rewrite = (draft, layer) => {
  const before = layer.kind === 'affine' ? layerBefore(draft, layer) : undefined;
  if (layer.kind !== 'affine' || !before || soleReader(draft, before.name) !== layer) return false;
  if (before.kind === 'affine') return intoAffineBefore(draft, layer, before);
  return isWeighted(before) && intoWeightedBefore(draft, layer, before);
};

/** W(s∘x + t) + b = (W∘s)x + (b + W t) */
function intoLinearAfter(draft: Draft, layer: AffineLayer, after: LinearLayer, input: Shape): void {
  const { scale, shift } = scaleAndShift(draft, layer, input);
  const weight = Float64Array.from(draft.numbers[`${after.name}.weight`]);
  const bias = Float64Array.from(draft.numbers[`${after.name}.bias`] ?? new Float64Array(after.outFeatures));
  const { inFeatures } = after;
  for (let i = 0; i < weight.length; i++) {
    bias[Math.floor(i / inFeatures)] += weight[i] * shift[i % inFeatures];
    weight[i] *= scale[i % inFeatures];
  }
  bypass(draft, layer);
  const changed = draft.layers.find((l) => l.name === after.name) as LinearLayer;
  update(draft, { ...changed, bias: true }, { weight, bias });
}

/** The same for a convolution; a shift would be lost at zero padding, so there must be none. */
function intoConvAfter(draft: Draft, layer: AffineLayer, after: Conv2dLayer, input: Shape): boolean {
  if (!isChannelwise(layer)) return false;
  const { scale, shift } = scaleAndShift(draft, layer, [input[0], 1, 1]);
  if (after.padding.some((n) => n > 0) && shift.some((t) => t !== 0)) return false;
  const weight = Float64Array.from(draft.numbers[`${after.name}.weight`]);
  const bias = Float64Array.from(draft.numbers[`${after.name}.bias`] ?? new Float64Array(after.outChannels));
  const taps = after.kernel[0] * after.kernel[1];
  const inside = after.inChannels / after.groups;
  const outPerGroup = after.outChannels / after.groups;
  for (let i = 0; i < weight.length; i++) {
    const position = Math.floor(i / taps);
    const out = Math.floor(position / inside);
    const channel = Math.floor(out / outPerGroup) * inside + (position % inside);
    bias[out] += weight[i] * shift[channel];
    weight[i] *= scale[channel];
  }
  bypass(draft, layer);
  const changed = draft.layers.find((l) => l.name === after.name) as Conv2dLayer;
  update(draft, { ...changed, bias: true }, { weight, bias });
  return true;
}

/** An affine layer read by one linear layer alone, a flatten between them or not, or by one convolution. */
export const mergeAffineForward: Rewrite = (draft, layer) => {
  if (layer.kind !== 'affine') return false;
  const input = shapesOf(draft).get(layer.name)!;
  let after = soleReader(draft, layer.name);
  if (after?.kind === 'conv2d') return intoConvAfter(draft, layer, after, input);
  if (after?.kind === 'flatten' || after?.kind === 'reshape') after = soleReader(draft, after.name);
  if (after?.kind !== 'linear') return false;
  intoLinearAfter(draft, layer, after, input);
  return true;
};
