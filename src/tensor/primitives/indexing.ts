/** @file Reading and adding at positions that are data: indexSelect, takeAlongDim and their adjoints. */
import { numbersAt, stridedOffsets } from '../../formats/ndArray.ts';
import { sizeOf, stridesOf, type Shape } from '../shape.ts';
import type { TensorSpec } from '../tensor.ts';
import { misfit, type PlainValue, type Primitive } from './definition.ts';

const withAxis = (shape: Shape, axis: number, length: number): number[] =>
  shape.map((d, i) => (i === axis ? length : d));

/**
 * For every element of `shape` the place, in an array that has another length along the axis, which the index names: one
 * index for each position of the axis, or one for each element.
 */
function places(shape: Shape, axis: number, length: number, index: PlainValue): Uint32Array {
  const strides = stridesOf(withAxis(shape, axis, length));
  const others = stridedOffsets(
    shape,
    strides.map((s, i) => (i === axis ? 0 : s)),
  );
  const own =
    index.shape.length === 1 && shape.length > 1 ? shape.map((_, i) => (i === axis ? 1 : 0)) : undefined;
  const which = stridedOffsets(shape, own ?? stridesOf(shape));
  return others.map((offset, i) => {
    const at = index.data[which[i]];
    if (at < 0 || at >= length) throw new RangeError(`index ${at} is outside an axis of length ${length}`);
    return offset + at * strides[axis];
  });
}

interface Along {
  readonly axis: number;
}

function added(
  [updates, index]: readonly PlainValue[],
  { axis, size }: Along & { readonly size: number },
  { shape }: TensorSpec,
): Float64Array {
  const result = new Float64Array(sizeOf(shape));
  places(updates.shape, axis, size, index).forEach((to, i) => (result[to] += updates.data[i]));
  return result;
}

export const indexing = {
  indexSelect: {
    infer(inputs, { axis }) {
      const [x, index] = inputs;
      if (index.dtype !== 'int32' || index.shape.length !== 1)
        throw misfit('indexSelect', inputs, 'the index must be int32 with one axis');
      return { shape: withAxis(x.shape, axis, index.shape[0]), dtype: x.dtype };
    },
    /** Whatever lies behind the axis is copied at once. */
    evaluate([x, index], { axis }, out) {
      const inner = sizeOf(x.shape.slice(axis + 1));
      const result = new Float64Array(sizeOf(out.shape));
      places(out.shape.slice(0, axis + 1), axis, x.shape[axis], index).forEach((from, i) =>
        result.set(x.data.subarray(from * inner, (from + 1) * inner), i * inner),
      );
      return result;
    },
  } satisfies Primitive<'indexSelect'>,
  indexAdd: {
    infer(inputs, { axis, size }) {
      const [updates, index] = inputs;
      if (index.dtype !== 'int32' || index.shape.length !== 1 || index.shape[0] !== updates.shape[axis])
        throw misfit(
          'indexAdd',
          inputs,
          `the index must be int32 with one entry for each along axis ${axis}`,
        );
      return { shape: withAxis(updates.shape, axis, size), dtype: updates.dtype };
    },
    evaluate: added,
  } satisfies Primitive<'indexAdd'>,
  takeAlongDim: {
    infer(inputs, { axis }) {
      const [x, index] = inputs;
      const fits =
        index.dtype === 'int32' &&
        index.shape.length === x.shape.length &&
        x.shape.every((d, i) => i === axis || d === index.shape[i]);
      if (!fits)
        throw misfit('takeAlongDim', inputs, `the index must be int32 and agree outside axis ${axis}`);
      return { shape: index.shape, dtype: x.dtype };
    },
    evaluate: ([x, index], { axis }, { shape }) =>
      numbersAt(places(shape, axis, x.shape[axis], index), (from) => x.data[from]),
  } satisfies Primitive<'takeAlongDim'>,
  putAlongDim: {
    infer(inputs, { axis, size }) {
      const [updates, index] = inputs;
      if (index.dtype !== 'int32' || index.shape.join() !== updates.shape.join())
        throw misfit('putAlongDim', inputs, 'the index must be int32 and have the shape of the updates');
      return { shape: withAxis(updates.shape, axis, size), dtype: updates.dtype };
    },
    evaluate: added,
  } satisfies Primitive<'putAlongDim'>,
};
