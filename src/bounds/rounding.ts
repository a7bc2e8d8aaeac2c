/** @file The rounding rule: how far an f32 bound can lie from the exact one. */
import { constant, mul, sqrt, sum, type Tensor } from '../tensor/index.ts';

/** Unit roundoff of f32. */
export const unitRoundoff = 2 ** -24;

/**
 * Confidence of the probabilistic model: λ = 8 fails with probability below 2·exp(−λ²/2) ≈ 3e-14 a bound.
 *
 * Model (Higham & Mary 2019): the rounding errors δᵢ of a computation, |δᵢ| ≤ u, have mean zero given the earlier ones.
 * An error Σ cᵢδᵢ then exceeds λ·u·√(Σ cᵢ²) with that probability at most (Azuma–Hoeffding).
 * A sum of n terms makes n errors, each weighed by a partial sum and so by at most the sum of absolute values:
 * Σ cᵢ² ≤ n·(Σ|terms|)², whatever the order of summation.
 *
 * Errors of a backward walk do not compound: a step turns â into â′ for Wᵀa, and the next step starts from â′ as it
 * stands. Element i of â′ is a sum of K terms and multiplies an activation of at most mᵢ, so that the step adds
 * K·Σᵢ(|W|ᵀ|â|)ᵢ²·mᵢ² to Σ cᵢ², and the constant â·b adds L·(|â|·|b|)². What rounds â itself (slopes, intercepts)
 * weighs as much as the layer's own output: E·Σⱼâⱼ²·mⱼ² with E elementwise roundings.
 */
const confidence = 8;

/** Roundings beside the sums themselves: slopes, intercepts, folded weights, box ends. */
const elementwiseTerms = 16;

/** Relative error of one computed sum: min(n·u, λ√n·u)/(1 − …); the first is the worst case. */
export function gamma(terms: number): number {
  const n = terms + elementwiseTerms;
  const relative = Math.min(n, confidence * Math.sqrt(n)) * unitRoundoff;
  return relative / (1 - relative);
}

/** Σ cᵢ² of the coefficients of one backward step, [R]. @param absolute |W|ᵀ|a| [R, …]; magnitudes m ≥ |x| [1|R, …] */
export function stepVariance(absolute: Tensor, terms: number, magnitudes: Tensor): Tensor {
  const reach = mul(absolute, magnitudes);
  return mul(sum(mul(reach, reach), reach.shape.map((_, axis) => axis).slice(1)), terms + elementwiseTerms);
}

/** Σ cᵢ² of one sum with known sum of absolute values, [R]. */
export const sumVariance = (absoluteSum: Tensor, terms: number): Tensor =>
  mul(mul(absoluteSum, absoluteSum), terms + elementwiseTerms);

/** Bound on the error from Σ cᵢ². */
export const roundingOf = (variance: Tensor): Tensor =>
  mul(sqrt(variance), constant(confidence * unitRoundoff * (1 + 2 ** -10)));
