/** @file Lowerings of reductions. */
import { castCode, emit, ints, reshape, type Emitter } from './emitter.ts';
import type { Shape } from '../../../tensor/shape.ts';
import type { Reduction, Tensor } from '../../../tensor/tensor.ts';
import type { LoweringSite, LoweringTable } from './lowering.ts';

/** Reduced axes as runs of neighbours; axes of length 1 count as part of the run beside them. */
function runsOf(axes: readonly number[], shape: Shape): number[][] {
  const runs: number[][] = [];
  let open = false;
  for (let axis = 0; axis < shape.length; axis++) {
    if (axes.includes(axis)) {
      if (open) runs[runs.length - 1].push(axis);
      else runs.push([axis]);
      open = true;
    } else if (shape[axis] !== 1) open = false;
  }
  return runs;
}

/**
 * Reduces one run of neighbouring axes after the other, the innermost first: ONNX Runtime is fast for one run
 * (kept-reduced or reduced-kept), and slow for the per-channel sums over [0,2,3] of batch norm.
 * @param firstOp the operation of the first run
 */
function reduce(
  emitter: Emitter,
  [firstOp, opType]: readonly [string, string],
  x: string,
  shape: Shape,
  { axes, keepDims }: Reduction,
): string {
  let value = x;
  for (const [i, run] of runsOf(axes, shape).reverse().entries())
    value = emit(emitter, i === 0 ? firstOp : opType, [value, ints(emitter, run)], { keepdims: 1 });
  const kept = shape.map((d, i) => (axes.includes(i) ? 1 : d));
  const wanted = keepDims ? kept : kept.filter((_, i) => !axes.includes(i));
  return reshape(emitter, value, kept, wanted);
}

/** v where x is v·v, perhaps in another shape. */
function squareRoot(x: Tensor): Tensor | undefined {
  const product = x.op === 'reshape' ? x.inputs[0] : x;
  return product.op === 'mul' && product.inputs[0] === product.inputs[1] ? product.inputs[0] : undefined;
}

/** A sum; of squares in one pass, without writing the squares. */
function sum({ emitter, inputs, node, nameOf }: LoweringSite<'sum'>): string {
  const [x] = node.inputs;
  const root = node.attributes.axes.length > 0 && x.dtype === 'float32' ? squareRoot(x) : undefined;
  if (!root) return reduce(emitter, ['ReduceSum', 'ReduceSum'], inputs[0], x.shape, node.attributes);
  const given = reshape(emitter, nameOf(root), root.shape, x.shape);
  return reduce(emitter, ['ReduceSumSquare', 'ReduceSum'], given, x.shape, node.attributes);
}

export const reduction: LoweringTable<'sum' | 'amax' | 'argmax'> = {
  sum,
  amax: ({ emitter, inputs, node }) =>
    reduce(emitter, ['ReduceMax', 'ReduceMax'], inputs[0], node.inputs[0].shape, node.attributes),
  argmax({ emitter, inputs, node }) {
    const index = emit(emitter, 'ArgMax', inputs, {
      axis: node.attributes.axis,
      keepdims: 0,
      select_last_index: 0,
    });
    return emit(emitter, 'Cast', [index], { to: castCode.int32 });
  },
};
