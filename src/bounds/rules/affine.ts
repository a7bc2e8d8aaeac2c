/** @file Bounds of per-channel affine layers: batch normalisation and input normalisation. */
import type { BatchNormLayer } from '../../nn/layers/batchNorm.ts';
import { normalize, type NormalizeLayer } from '../../nn/layers/normalize.ts';
import { abs, add, channelAffine, mul, zeros, type Tensor } from '../../tensor/index.ts';
import { centerRadius, fromCenter, type Interval } from '../interval.ts';
import type { Ball } from '../ball.ts';
import type { BackwardStep, BallStep, BoundContext, BoundRule, ChannelAffine } from '../rule.ts';
import { channelDot, channelDotRoundings } from './conv2d.ts';

/** s·c + t ± |s|·r; the sign of γ may be negative. */
function affineInterval(x: Interval, { scale, shift }: ChannelAffine): Interval {
  const { center, radius } = centerRadius(x);
  return fromCenter(
    channelAffine(center, scale, shift),
    channelAffine(radius, abs(scale), zeros(scale.shape)),
  );
}

/** s∘(c + r∘u) + t = (s∘c + t) + |s|∘r∘u′ with ‖u′‖ = ‖u‖. */
const affineBall = ({ norm, center, radius }: Ball, { scale, shift }: ChannelAffine): BallStep => ({
  kind: 'ball',
  ball: {
    norm,
    center: channelAffine(center, scale, shift),
    radius: channelAffine(radius, abs(scale), zeros(scale.shape)),
  },
});

/** a·(s∘x + t) = (s∘a)·x + a·t: exact. */
const affineBackward = (a: Tensor, { scale, shift }: ChannelAffine): BackwardStep => ({
  inputs: [channelAffine(a, scale, zeros(scale.shape))],
  constant: channelDot(a, shift),
});

/**
 * Rounding of a per-channel affine layer, however a runtime computes it: scale and shift from four numbers, then a
 * product and a sum, or a difference and a quotient. @param reachOf |scale|, and the terms of the shift in absolute value
 */
const affineRounding = <L extends BatchNormLayer | NormalizeLayer>(
  reachOf: (layer: L, context: BoundContext) => ChannelAffine,
) => ({
  forward([m]: readonly Tensor[], layer: L, context: BoundContext): Tensor {
    const { scale, shift } = reachOf(layer, context);
    return channelAffine(m, scale, shift);
  },
  forwardTerms: () => 8,
  backwardTerms: () => 1,
  constantTerms: (layer: L, context: BoundContext) => channelDotRoundings(context.shapeOf(layer.name)),
});

const batchNormReach = (layer: BatchNormLayer, context: BoundContext): ChannelAffine => {
  const scale = abs(context.affineOf(layer).scale);
  const [mean, bias] = [context.params[`${layer.name}.running_mean`], context.params[`${layer.name}.bias`]];
  return { scale, shift: add(mul(scale, abs(mean)), abs(bias)) };
};

export const batchNormRule: BoundRule<'batchNorm2d'> & BoundRule<'batchNorm1d'> = {
  interval: ([x]: readonly Interval[], layer: BatchNormLayer, context: BoundContext) =>
    affineInterval(x, context.affineOf(layer)),
  backward: (a: Tensor, layer: BatchNormLayer, context: BoundContext) =>
    affineBackward(a, context.affineOf(layer)),
  ball: (ball: Ball, layer: BatchNormLayer, context: BoundContext) =>
    affineBall(ball, context.affineOf(layer)),
  rounding: affineRounding(batchNormReach),
};

const normalizeAffine = (layer: NormalizeLayer): ChannelAffine =>
  normalize.channelAffine!(layer, () => {
    throw new Error('a normalisation has no parameters');
  });

export const normalizeRule: BoundRule<'normalize'> = {
  interval: ([x], layer) => affineInterval(x, normalizeAffine(layer)),
  backward: (a, layer) => affineBackward(a, normalizeAffine(layer)),
  ball: (ball, layer) => affineBall(ball, normalizeAffine(layer)),
  rounding: affineRounding((layer: NormalizeLayer) => {
    const { scale, shift } = normalizeAffine(layer);
    return { scale: abs(scale), shift: abs(shift) };
  }),
};
