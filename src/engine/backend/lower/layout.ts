/** @file Lowerings of primitives that move elements. */
import { castCode, emit, ints, reshape, scalar, type Emitter } from './emitter.ts';
import type { Shape } from '../../../tensor/shape.ts';
import type { DType } from '../../../tensor/tensor.ts';
import type { LoweringTable } from './lowering.ts';

/** Far below any axis: Slice's end for "down to the first element" with a negative step. */
const beforeFirst = -(2 ** 31);

/** Reverses axes. */
export function flip(emitter: Emitter, x: string, axes: readonly number[]): string {
  if (axes.length === 0) return x;
  const all = (value: number): string =>
    ints(
      emitter,
      axes.map(() => value),
    );
  return emit(emitter, 'Slice', [x, all(-1), all(beforeFirst), ints(emitter, axes), all(-1)]);
}

/** x[starts..ends) by steps; axes taken whole are left out. */
export function slice(
  emitter: Emitter,
  x: string,
  shape: Shape,
  starts: readonly number[],
  ends: readonly number[],
  steps: readonly number[] = shape.map(() => 1),
): string {
  const axes = shape
    .map((_, i) => i)
    .filter((i) => starts[i] !== 0 || ends[i] !== shape[i] || steps[i] !== 1);
  if (axes.length === 0) return x;
  const pick = (list: readonly number[]): string =>
    ints(
      emitter,
      axes.map((i) => list[i]),
    );
  return emit(emitter, 'Slice', [x, pick(starts), pick(ends), ints(emitter, axes), pick(steps)]);
}

/** Zeros before and after each axis; negative amounts crop. */
export function padEdges(
  emitter: Emitter,
  x: string,
  before: readonly number[],
  after: readonly number[],
  dtype: DType = 'float32',
): string {
  if ([...before, ...after].every((n) => n === 0)) return x;
  return emit(emitter, 'Pad', [x, ints(emitter, [...before, ...after]), scalar(emitter, 0, dtype)]);
}

/**
 * `n` zeros between neighbours of an axis of length d: [d] → [d,1] → pad → [d,1+n] → [d·(1+n)], less the last n.
 * The trailing zeros are taken away by the caller, who pads the edges anyway.
 */
function padInside(
  emitter: Emitter,
  x: string,
  shape: Shape,
  interior: readonly number[],
  dtype: DType,
): string {
  const apart = shape.flatMap((d, i) => (interior[i] > 0 ? [d, 1] : [d]));
  const amounts = shape.flatMap((_, i) => (interior[i] > 0 ? [0, interior[i]] : [0]));
  const spread = padEdges(
    emitter,
    reshape(emitter, x, shape, apart),
    amounts.map(() => 0),
    amounts,
    dtype,
  );
  return emit(emitter, 'Reshape', [
    spread,
    ints(
      emitter,
      shape.map((d, i) => d * (1 + interior[i])),
    ),
  ]);
}

export const layout: LoweringTable<'reshape' | 'permute' | 'expand' | 'cat' | 'slice' | 'flip' | 'pad'> = {
  reshape: ({ emitter, inputs, node }) => reshape(emitter, inputs[0], node.inputs[0].shape, node.shape),
  permute: ({ emitter, inputs, node }) => emit(emitter, 'Transpose', inputs, { perm: node.attributes.order }),
  expand: ({ emitter, inputs, node }) => emit(emitter, 'Expand', [inputs[0], ints(emitter, node.shape)]),
  cat: ({ emitter, inputs, node }) =>
    inputs.length === 1 ? inputs[0] : emit(emitter, 'Concat', inputs, { axis: node.attributes.axis }),
  slice({ emitter, inputs, node }) {
    const { starts, ends, steps } = node.attributes;
    return slice(emitter, inputs[0], node.inputs[0].shape, starts, ends, steps);
  },
  flip: ({ emitter, inputs, node }) => flip(emitter, inputs[0], node.attributes.axes),
  pad({ emitter, inputs, node }) {
    const { before, after, interior } = node.attributes;
    const [{ shape, dtype }] = node.inputs;
    if (interior.every((n) => n === 0)) return padEdges(emitter, inputs[0], before, after, dtype);
    // ONNX Runtime pads no booleans.
    const numbers = dtype === 'bool' ? 'int32' : dtype;
    const to = (type: DType, x: string): string =>
      type === dtype && numbers === dtype ? x : emit(emitter, 'Cast', [x], { to: castCode[type] });
    const spread = padInside(emitter, to(numbers, inputs[0]), shape, interior, numbers);
    const rest = after.map((n, i) => n - interior[i]);
    return to(dtype, padEdges(emitter, spread, before, rest, numbers));
  },
};
