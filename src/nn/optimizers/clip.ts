/** @file Clipping of the gradient's norm, as PyTorch's clip_grad_norm_. */
import { add, div, minimum, mul, sqrt, sum, type Tensor } from '../../tensor/index.ts';
import { mapParameters, type Parameters } from '../network.ts';

/** Euclidean norm over all tensors together, []. */
export function totalNorm(gradients: Parameters<Tensor>): Tensor {
  return sqrt(
    Object.values(gradients)
      .map((g) => sum(mul(g, g)))
      .reduce((a, b) => add(a, b)),
  );
}

/**
 * Scales all gradients by min(1, maxNorm/(norm + 1e-6)).
 * @param maxNorm 0 leaves the gradients alone
 * @returns the gradients and the norm before clipping, []
 */
export function clipGradNorm(
  gradients: Parameters<Tensor>,
  maxNorm: number,
): { gradients: Record<string, Tensor>; norm: Tensor } {
  const norm = totalNorm(gradients);
  if (maxNorm === 0) return { gradients: { ...gradients }, norm };
  const factor = minimum(div(maxNorm, add(norm, 1e-6)), 1);
  return { gradients: mapParameters(gradients, (g) => mul(g, factor)), norm };
}
