/** @file Cross-entropy at the worst margins that bounds leave open. */
import { cat, logSumExp, mean, neg, zeros, type Tensor } from '../../tensor/index.ts';

/**
 * Mean log(1 + Σⱼ exp(−mⱼ)): cross-entropy of logits (0, −m₁, …) with label 0. With lower bounds of the margins it is an
 * upper bound of the loss over the whole box (Wong and Kolter 2018, theorem 2).
 * @param margins [B, K−1]
 */
export function robustCrossEntropy(margins: Tensor): Tensor {
  const worst = cat([zeros([margins.shape[0], 1]), neg(margins)], 1);
  return mean(logSumExp(worst, 1));
}
