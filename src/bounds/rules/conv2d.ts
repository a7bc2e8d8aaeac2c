/** @file Bounds of a convolution. */
import type { Conv2dLayer } from '../../nn/layers/conv2d.ts';
import {
  abs,
  add,
  constant,
  conv2d,
  convTranspose2d,
  gt,
  indicator,
  matmul,
  mul,
  reshape,
  sizeOf,
  sub,
  sum,
  type Shape,
  type Tensor,
} from '../../tensor/index.ts';
import { dualRadius } from '../dualRadius.ts';
import { fromCenter } from '../interval.ts';
import { blockRoundings, blockTotals } from '../rounding.ts';
import type { BoundContext, BoundRule } from '../rule.ts';
import { absoluteBias, absoluteWeight, mergedRoundings } from './merged.ts';

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
    forward: ([m], layer, context) =>
      conv2d(m, absoluteWeight(layer, context), absoluteBias(layer, context), layer),
    forwardTerms: (layer, context) =>
      (layer.inChannels / layer.groups) * layer.kernel[0] * layer.kernel[1] + mergedRoundings(layer, context),
    activeTerms([m], layer) {
      if (layer.groups > 1) return undefined;
      const { kernel, stride, padding, dilation } = layer;
      const window = constant(new Float32Array(kernel[0] * kernel[1]).fill(1), [1, 1, ...kernel]);
      return conv2d(sum(indicator(gt(m, 0)), 1, true), window, undefined, { stride, padding, dilation });
    },
    backwardTerms: ({ outChannels, groups, kernel, stride }) =>
      (outChannels / groups) * Math.ceil(kernel[0] / stride[0]) * Math.ceil(kernel[1] / stride[1]),
    constantTerms: (layer, context) => channelDotRoundings(context.shapeOf(layer.name)),
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
  const perChannel = reshape(blockTotals(reshape(a, [rows * channels, -1])), [rows, channels]);
  return reshape(matmul(perChannel, reshape(b, [channels, 1])), [rows]);
}

/** Roundings of `channelDot`: sums over space, then over channels. */
export const channelDotRoundings = ([channels, ...space]: Shape): number =>
  blockRoundings(sizeOf(space)) + channels;
