/** @file Batch statistics and training-mode batch norm with gradients in few passes over the activations. */
import {
  abs,
  add,
  channelAffine,
  customGradient,
  div,
  maximum,
  mul,
  neg,
  reshape,
  sizeOf,
  sqrt,
  sub,
  sum,
  zeros,
  type Tensor,
} from '../tensor/index.ts';

/** Σ over batch and space → [C]; space first, which runs fast. */
export function channelSum(x: Tensor): Tensor {
  const [batch, channels] = x.shape as [number, number];
  if (x.shape.length === 2) return sum(x, 0);
  const rows = sum(reshape(x, [batch, channels, sizeOf(x.shape.slice(2))]), 2);
  return sum(rows, 0);
}

/** Elements per channel of [B,C,…]. */
export const channelCount = (x: Tensor): number => sizeOf(x.shape) / x.shape[1];

/** Mean over batch and space → [C]. */
export const channelMean = (x: Tensor): Tensor => mul(channelSum(x), 1 / channelCount(x));

/**
 * Biased variance over batch and space → [C], as E[x²] − E[x]²: the relative error in f32 is about
 * 1e-7·(1 + mean²/variance). The gradient 2(x − mean)/n is one affine pass.
 */
export function channelVariance(x: Tensor): Tensor {
  const value = rawVariance(x);
  return customGradient(value, [x], (g, [source]) => {
    const slope = mul(g, 2 / channelCount(source));
    return [channelAffine(source, slope, neg(mul(slope, channelMean(source))))];
  });
}

function rawVariance(x: Tensor): Tensor {
  const mean = channelMean(x);
  const squares = mul(channelSum(mul(x, x)), 1 / channelCount(x));
  return maximum(sub(squares, mul(mean, mean)), 0);
}

/**
 * Training-mode batch norm: γ·(x − μ)/√(v + eps) + β with batch μ, v; x [B,C,…], γ and β [C].
 * Gradient (Ioffe and Szegedy 2015, §3, rearranged): with s = γ/σ, dβ = Σg, dγ = Σg(x−μ)/σ,
 * dx = s·g − (s/n)(dβ + (x−μ)·dγ/σ): one affine of g plus one affine of x.
 */
export function batchNormTrain(x: Tensor, gamma: Tensor, beta: Tensor, eps: number): Tensor {
  const pieces = (source: Tensor) => {
    const mean = channelMean(source);
    return { mean, deviation: sqrt(add(channelVariance(source), eps)) };
  };
  const { mean, deviation } = pieces(x);
  const scale = div(gamma, deviation);
  const value = channelAffine(x, scale, sub(beta, mul(mean, scale)));
  return customGradient(value, [x, gamma, beta], (g, [source, weight]) => {
    const { mean: m, deviation: sigma } = pieces(source);
    const slope = div(weight, sigma);
    const betaGrad = channelSum(g);
    const gammaGrad = div(sub(channelSum(mul(g, source)), mul(m, betaGrad)), sigma);
    const pull = div(mul(mul(slope, gammaGrad), -1 / channelCount(source)), sigma);
    const offset = sub(mul(mul(slope, betaGrad), -1 / channelCount(source)), mul(m, pull));
    const inputGrad = add(channelAffine(g, slope, zeros(slope.shape)), channelAffine(source, pull, offset));
    return [inputGrad, gammaGrad, betaGrad];
  });
}

/** Batch norm with given statistics as x·scale + shift; differentiable in all of them. */
export function normalizingAffine(
  gamma: Tensor,
  beta: Tensor,
  mean: Tensor,
  variance: Tensor,
  eps: number,
): { scale: Tensor; shift: Tensor; reach: Tensor } {
  const scale = div(gamma, sqrt(add(variance, eps)));
  const part = mul(mean, scale);
  return { scale, shift: sub(beta, part), reach: add(abs(beta), abs(part)) };
}
