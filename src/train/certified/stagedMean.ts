/** @file Sums over whole activations in f32: axis by axis, since one long running sum would lose five digits. */
import { mul, sizeOf, sum, type Tensor } from '../../tensor/index.ts';

/** Σ over all elements, the last axis first; []. */
export const stagedSum = (x: Tensor): Tensor => (x.shape.length > 1 ? stagedSum(sum(x, -1)) : sum(x));

/** Mean over all elements, []. */
export const stagedMean = (x: Tensor): Tensor => mul(stagedSum(x), 1 / sizeOf(x.shape));
