/** @file What an attack is after: a margin to push to zero or below, and a loss whose gradient leads there. */
import {
  add,
  amax,
  crossEntropy,
  matmul,
  mul,
  neg,
  oneHot,
  reshape,
  sub,
  sum,
  type Tensor,
} from '../tensor/index.ts';

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

/** Misclassification, led by the margin itself (Carlini and Wagner's loss, without its confidence). */
export function marginGoal(labels: Tensor): Goal {
  return {
    margin: (logits) => labelMargin(logits, labels),
    loss: (logits) => neg(sum(labelMargin(logits, labels))),
  };
}

/**
 * Some row of a linear property at or below 0: min over r of rows[b,r]·logits[b] + offsets[b,r].
 * @param rows [B,R,K]
 * @param offsets [B,R]
 */
export function rowsGoal(rows: Tensor, offsets?: Tensor): Goal {
  const margin = (logits: Tensor): Tensor => {
    const [batch, classes] = logits.shape as [number, number];
    const values = reshape(matmul(rows, reshape(logits, [batch, classes, 1])), rows.shape.slice(0, 2));
    return neg(amax(neg(offsets ? add(values, offsets) : values), 1));
  };
  return { margin, loss: (logits) => neg(sum(margin(logits))) };
}
