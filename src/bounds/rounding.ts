/** @file The rounding rule: how far an f32 bound can lie from the exact one. */

/** Unit roundoff of f32. */
export const unitRoundoff = 2 ** -24;

/**
 * Relative error of a computed sum of `terms` products, whatever the order of summation.
 * γ = min(n·u, λ√n·u)/(1 − …) with λ = 8: the second is the probabilistic bound of Higham & Mary (2019, thm 3.1),
 * which fails with probability below 2·exp(−λ²/2) ≈ 3e-14; 16 terms are added for the few elementwise roundings around
 * each sum (slopes, intercepts, folded weights, box ends).
 */
export function gamma(terms: number): number {
  const n = terms + 16;
  const relative = Math.min(n, 8 * Math.sqrt(n)) * unitRoundoff;
  return relative / (1 - relative);
}

/*
 * Why slack = Σ over affine layers of γ·Σⱼ|aⱼ|·sⱼ, with s = |W|·m + |b| and m ≥ |x| on the layer's input:
 * a backward step computes â' for Wᵀa with |â' − Wᵀa| ≤ γ·|W|ᵀ|a|. As a functional of the input it is wrong by at most
 * γ·|W|ᵀ|a|·m = γ·|a|·|W|m. The next step starts from â' as it stands, so errors do not compound: each step's own error
 * is measured against bounds on the true activations. Adding a·b costs γ·|a|·|b|.
 */
