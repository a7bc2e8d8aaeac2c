/** @file Lowerings of reductions. */
import { castCode, emit, ints, reshape, type Emitter } from './emitter.ts';
import type { Shape } from '../../tensor/shape.ts';
import type { LoweringTable } from './lowering.ts';

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
 */
function reduce(
  emitter: Emitter,
  opType: string,
  x: string,
  shape: Shape,
  axes: readonly number[],
  keepDims: boolean,
): string {
  if (axes.length === 0) return x;
  let value = x;
  for (const run of runsOf(axes, shape).reverse())
    value = emit(emitter, opType, [value, ints(emitter, run)], { keepdims: 1 });
  const kept = shape.map((d, i) => (axes.includes(i) ? 1 : d));
  const wanted = keepDims ? kept : kept.filter((_, i) => !axes.includes(i));
  return reshape(emitter, value, kept, wanted);
}

export const reduction: LoweringTable<'sum' | 'amax' | 'argmax'> = {
  sum: ({
    emitter,
    inputs,
    node: {
      inputs: [x],
      attributes: { axes, keepDims },
    },
  }) => reduce(emitter, 'ReduceSum', inputs[0], x.shape, axes, keepDims),
  amax: ({
    emitter,
    inputs,
    node: {
      inputs: [x],
      attributes: { axes, keepDims },
    },
  }) => reduce(emitter, 'ReduceMax', inputs[0], x.shape, axes, keepDims),
  argmax({ emitter, inputs, node }) {
    const index = emit(emitter, 'ArgMax', inputs, {
      axis: node.attributes.axis,
      keepdims: 0,
      select_last_index: 0,
    });
    return emit(emitter, 'Cast', [index], { to: castCode.int32 });
  },
};
