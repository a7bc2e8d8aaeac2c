/** @file What an attack is after: a margin to push to zero or below, and a loss whose gradient leads there. */
import { amax, crossEntropy, mul, oneHot, sub, sum, type Tensor } from '../tensor/index.ts';

export interface Goal {
  /** logits [B,K] → [B]; an input is adversarial where this is ≤ 0 (a tie counts). */
  margin(logits: Tensor): Tensor;
  /** logits [B,K] → []; the attack climbs it. Rows must not interact. */
  loss(logits: Tensor): Tensor;
}

/** Larger than any logit. */
const beyond = 1e30;

/** logit[label] − largest other logit, per row; labels int32 [B]. */
export function labelMargin(logits: Tensor, labels: Tensor): Tensor {
  const hot = oneHot(labels, logits.shape[1]);
  const own = sum(mul(logits, hot), 1);
  return sub(own, amax(sub(logits, mul(hot, beyond)), 1));
}

/** Misclassification, led by cross-entropy. */
export function crossEntropyGoal(labels: Tensor): Goal {
  return {
    margin: (logits) => labelMargin(logits, labels),
    loss: (logits) => mul(crossEntropy(logits, labels), logits.shape[0]),
  };
}
