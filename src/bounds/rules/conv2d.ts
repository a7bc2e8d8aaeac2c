/** @file Bounds of a convolution. */
import type { Conv2dLayer } from '../../nn/network.ts';
import {
  abs,
  add,
  conv2d,
  convTranspose2d,
  matmul,
  mul,
  reshape,
  sub,
  sum,
  type Tensor,
} from '../../tensor/index.ts';
import { dualRadius } from '../dualRadius.ts';
import { fromCenter } from '../interval.ts';
import { sumVariance } from '../rounding.ts';
import type { BoundContext, BoundRule } from '../rule.ts';

const weightOf = (layer: Conv2dLayer, { params }: BoundContext): Tensor => params[`${layer.name}.weight`];
const biasOf = (layer: Conv2dLayer, { params }: BoundContext): Tensor | undefined =>
  layer.bias ? params[`${layer.name}.bias`] : undefined;

export const conv2dRule: BoundRule<'conv2d'> = {
  /** W·c + b ± |W|·r (Gowal et al. 2018, eq. 6). */
  interval([x], layer, context) {
    // Halves go into the weight, which is exact and saves two passes over the activations.
    const half = mul(weightOf(layer, context), 0.5);
    return fromCenter(
      conv2d(add(x.lower, x.upper), half, biasOf(layer, context), layer),
      conv2d(sub(x.upper, x.lower), abs(half), undefined, layer),
    );
  },
  /** W·c + b ± ‖row∘r‖ of the dual norm (Hölder), as auto_LiRPA bounds a first layer: exact for l2. */
  ball({ norm, center, radius }, layer, context) {
    const weight = weightOf(layer, context);
    return {
      kind: 'interval',
      center: conv2d(center, weight, biasOf(layer, context), layer),
      radius: dualRadius(norm, weight, radius, (squares, weights) =>
        conv2d(squares, weights, undefined, layer),
      ),
    };
  },
  /** a·(W x + b) = (Wᵀa)·x + a·b: exact. */
  backward(a, layer, context) {
    const bias = biasOf(layer, context);
    return {
      inputs: [adjoint(a, weightOf(layer, context), layer, context)],
      ...(bias && { constant: channelDot(a, bias) }),
    };
  },
  rounding: {
    forward([m], layer, context) {
      const bias = biasOf(layer, context);
      return conv2d(m, abs(weightOf(layer, context)), bias && abs(bias), layer);
    },
    forwardTerms: ({ inChannels, groups, kernel }) => (inChannels / groups) * kernel[0] * kernel[1],
    backward: (a, layer, context) => [adjoint(a, abs(weightOf(layer, context)), layer, context)],
    backwardTerms: ({ outChannels, groups, kernel, stride }) =>
      (outChannels / groups) * Math.ceil(kernel[0] / stride[0]) * Math.ceil(kernel[1] / stride[1]),
    constantVariance(a, layer, context) {
      const bias = biasOf(layer, context);
      return bias && channelDotVariance(a, abs(bias));
    },
  },
};

/** Wᵀa. */
function adjoint(a: Tensor, weight: Tensor, layer: Conv2dLayer, context: BoundContext): Tensor {
  const [, height, width] = context.shapeOf(layer.inputs[0]) as [number, number, number];
  return convTranspose2d(a, weight, [height, width], layer);
}

/** Σ a[r,c,…]·b[c] → [R]. */
export function channelDot(a: Tensor, b: Tensor): Tensor {
  const [rows, channels] = a.shape as [number, number];
  const perChannel = sum(reshape(a, [rows, channels, -1]), 2);
  return reshape(matmul(perChannel, reshape(b, [channels, 1])), [rows]);
}

/** Σ cᵢ² of `channelDot`: sums over space, then over channels. @param a, b absolute values */
export function channelDotVariance(a: Tensor, b: Tensor): Tensor {
  const [rows, channels] = a.shape as [number, number];
  const space = reshape(a, [rows, channels, -1]);
  const perChannel = mul(sum(space, 2), b);
  return add(sum(sumVariance(perChannel, space.shape[2]), 1), sumVariance(sum(perChannel, 1), channels));
}
