/** @file Bounds of a transposed convolution. */
import { convTransposeSize, type ConvTranspose2dLayer } from '../../nn/layers/convTranspose2d.ts';
import { abs, add, conv2d, convTranspose2d, reshape, type Tensor } from '../../tensor/index.ts';
import { centerRadius, fromCenter } from '../interval.ts';
import type { BoundContext, BoundRule } from '../rule.ts';
import { channelDot, channelDotRoundings } from './conv2d.ts';
import { absoluteBias, absoluteWeight, mergedRoundings } from './merged.ts';

const weightOf = (layer: ConvTranspose2dLayer, { params }: BoundContext): Tensor =>
  params[`${layer.name}.weight`];
const biasOf = (layer: ConvTranspose2dLayer, { params }: BoundContext): Tensor | undefined =>
  layer.bias ? params[`${layer.name}.bias`] : undefined;

function apply(x: Tensor, weight: Tensor, bias: Tensor | undefined, layer: ConvTranspose2dLayer): Tensor {
  const [, , height, width] = x.shape as [number, number, number, number];
  const y = convTranspose2d(x, weight, convTransposeSize(layer, [height, width]), layer);
  return bias ? add(y, reshape(bias, [1, layer.outChannels, 1, 1])) : y;
}

export const convTranspose2dRule: BoundRule<'convTranspose2d'> = {
  /** W·c + b ± |W|·r */
  interval([x], layer, context) {
    const { center, radius } = centerRadius(x);
    const weight = weightOf(layer, context);
    return fromCenter(
      apply(center, weight, biasOf(layer, context), layer),
      apply(radius, abs(weight), undefined, layer),
    );
  },
  /** The adjoint of a transposed convolution is the convolution: exact. */
  backward(a, layer, context) {
    const bias = biasOf(layer, context);
    return {
      inputs: [conv2d(a, weightOf(layer, context), undefined, layer)],
      ...(bias && { constant: channelDot(a, bias) }),
    };
  },
  rounding: {
    forward: ([m], layer, context) =>
      apply(m, absoluteWeight(layer, context), absoluteBias(layer, context), layer),
    forwardTerms: (layer, context) =>
      (layer.inChannels / layer.groups) *
        Math.ceil(layer.kernel[0] / layer.stride[0]) *
        Math.ceil(layer.kernel[1] / layer.stride[1]) +
      1 +
      mergedRoundings(layer, context),
    backwardTerms: ({ outChannels, groups, kernel }) => (outChannels / groups) * kernel[0] * kernel[1],
    constantTerms: (layer, context) => channelDotRoundings(context.shapeOf(layer.name)),
  },
};
