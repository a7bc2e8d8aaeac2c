/** @file What a regulariser is: a traced term that joins the objective's loss with a weight. */
import type { ForwardResult } from '../../nn/forward.ts';
import type { Tensor } from '../../tensor/index.ts';
import type { ObjectiveContext } from '../objectives/objective.ts';

/** Every regulariser reads what it knows. */
export interface RegularizerOptions {
  /** NRS: power p of |γ| in the denominator; default 2. */
  readonly gammaPow?: number;
  /** NRS: `adversarial` or `certified`, see nrs.ts; default adversarial. */
  readonly form?: 'adversarial' | 'certified';
  /** NRS: odd powers keep γ's sign, as in the original; default false. */
  readonly signedGamma?: boolean;
  /** NRS, adversarial: running statistics as this step's pass leaves them, as in the original; default: as it found them. */
  readonly movedStatistics?: boolean;
  /** NRS, adversarial: ε of batch norms in the bounds; default: each one's own. The original takes 1e-8. */
  readonly batchNormEps?: number;
  /** NRS: share of each batch (0..1] whose bounds are computed; default 1. Less is quicker and noisier. */
  readonly batchShare?: number;
  /** NRS, RS: radius of the bounds in raw pixel units; absent: the step's. */
  readonly epsilon?: number;
}

export interface Regularizer {
  /**
   * The term without its weight, [].
   * @param final the pass that made the step's loss; absent outside of steps
   */
  evaluate(context: ObjectiveContext, options: RegularizerOptions, final?: ForwardResult): Tensor;
}

/** A regulariser at work: its weight rises linearly from 0 over epochs `start` … `start + length`, counted from 1. */
export interface RegularizerPlan {
  readonly weight: number;
  /** Default 1 with length 0: the full weight from the first step on. */
  readonly start?: number;
  readonly length?: number;
  readonly options?: RegularizerOptions;
}

/** Weight at a step. @param epoch from 1 */
export function regularizerWeight(
  { weight, start = 1, length = 0 }: RegularizerPlan,
  { epoch, batch, batchesPerEpoch }: { epoch: number; batch: number; batchesPerEpoch: number },
): number {
  const done = epoch - start + batch / batchesPerEpoch;
  return length === 0 ? (done >= 0 ? weight : 0) : weight * Math.min(1, Math.max(0, done / length));
}
