/** @file Bounds of a convolution. */
import type { Conv2dLayer } from '../../nn/network.ts';
import {
  abs,
  conv2d,
  convTranspose2d,
  matmul,
  reshape,
  sizeOf,
  sum,
  type Tensor,
} from '../../tensor/index.ts';
import { centerRadius, fromCenter } from '../interval.ts';
import type { BoundContext, BoundRule } from '../rule.ts';

const weightOf = (layer: Conv2dLayer, { params }: BoundContext): Tensor => params[`${layer.name}.weight`]!;
const biasOf = (layer: Conv2dLayer, { params }: BoundContext): Tensor | undefined =>
  layer.bias ? params[`${layer.name}.bias`] : undefined;

export const conv2dRule: BoundRule<'conv2d'> = {
  /** W·c + b ± |W|·r (Gowal et al. 2018, eq. 6). */
  interval([x], layer, context) {
    const { center, radius } = centerRadius(x!);
    const weight = weightOf(layer, context);
    return fromCenter(
      conv2d(center, weight, biasOf(layer, context), layer),
      conv2d(radius, abs(weight), undefined, layer),
    );
  },
  /** a·(W x + b) = (Wᵀa)·x + a·b: exact. */
  backward(a, layer, context) {
    const [, height, width] = context.shapeOf(layer.inputs[0]!) as [number, number, number];
    const bias = biasOf(layer, context);
    return {
      inputs: [convTranspose2d(a, weightOf(layer, context), [height, width], layer)],
      ...(bias && { constant: channelDot(a, bias) }),
    };
  },
  magnitude([m], layer, context) {
    const bias = biasOf(layer, context);
    return conv2d(m!, abs(weightOf(layer, context)), bias && abs(bias), layer);
  },
  terms(layer, context) {
    const taps = layer.kernel[0] * layer.kernel[1];
    return Math.max(
      (layer.inChannels / layer.groups) * taps,
      (layer.outChannels / layer.groups) * taps,
      sizeOf(context.shapeOf(layer.name)),
    );
  },
};

/** Σ a[r,c,…]·b[c] → [R]. */
export function channelDot(a: Tensor, b: Tensor): Tensor {
  const [rows, channels] = a.shape as [number, number];
  const perChannel = sum(reshape(a, [rows, channels, -1]), 2);
  return reshape(matmul(perChannel, reshape(b, [channels, 1])), [rows]);
}
