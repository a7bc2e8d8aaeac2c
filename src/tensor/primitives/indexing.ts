/** @file Reading and adding at positions that are data: indexSelect, takeAlongDim and their adjoints. */
import { sizeOf, type Shape } from '../shape.ts';
import { misfit, type Primitive } from './definition.ts';

/** Axis seen as [outer, length, inner]. */
function split(shape: Shape, axis: number): { outer: number; length: number; inner: number } {
  return { outer: sizeOf(shape.slice(0, axis)), length: shape[axis], inner: sizeOf(shape.slice(axis + 1)) };
}

function position(index: number, length: number): number {
  if (index < 0 || index >= length)
    throw new RangeError(`index ${index} is outside an axis of length ${length}`);
  return index;
}

const withAxis = (shape: Shape, axis: number, length: number): number[] =>
  shape.map((d, i) => (i === axis ? length : d));

export const indexing = {
  indexSelect: {
    infer(inputs, { axis }) {
      const [x, index] = inputs;
      if (index.dtype !== 'int32' || index.shape.length !== 1)
        throw misfit('indexSelect', inputs, 'the index must be int32 with one axis');
      return { shape: withAxis(x.shape, axis, index.shape[0]), dtype: x.dtype };
    },
    evaluate([x, index], { axis }, out) {
      const { outer, length, inner } = split(x.shape, axis);
      const result = new Float64Array(sizeOf(out.shape));
      const count = index.data.length;
      for (let o = 0; o < outer; o++)
        for (let k = 0; k < count; k++) {
          const from = (o * length + position(index.data[k], length)) * inner;
          result.set(x.data.subarray(from, from + inner), (o * count + k) * inner);
        }
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
    evaluate([updates, index], { axis, size }, out) {
      const { outer, length, inner } = split(updates.shape, axis);
      const result = new Float64Array(sizeOf(out.shape));
      for (let o = 0; o < outer; o++)
        for (let k = 0; k < length; k++) {
          const to = (o * size + position(index.data[k], size)) * inner;
          for (let i = 0; i < inner; i++) result[to + i] += updates.data[(o * length + k) * inner + i];
        }
      return result;
    },
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
    evaluate([x, index], { axis }, out) {
      const { outer, length, inner } = split(x.shape, axis);
      const count = index.shape[axis];
      const result = new Float64Array(sizeOf(out.shape));
      for (let o = 0; o < outer; o++)
        for (let k = 0; k < count; k++)
          for (let i = 0; i < inner; i++) {
            const at = (o * count + k) * inner + i;
            result[at] = x.data[(o * length + position(index.data[at], length)) * inner + i]!;
          }
      return result;
    },
  } satisfies Primitive<'takeAlongDim'>,
  putAlongDim: {
    infer(inputs, { axis, size }) {
      const [updates, index] = inputs;
      if (index.dtype !== 'int32' || index.shape.join() !== updates.shape.join())
        throw misfit('putAlongDim', inputs, 'the index must be int32 and have the shape of the updates');
      return { shape: withAxis(updates.shape, axis, size), dtype: updates.dtype };
    },
    evaluate([updates, index], { axis, size }, out) {
      const { outer, length, inner } = split(updates.shape, axis);
      const result = new Float64Array(sizeOf(out.shape));
      for (let o = 0; o < outer; o++)
        for (let k = 0; k < length; k++)
          for (let i = 0; i < inner; i++) {
            const at = (o * length + k) * inner + i;
            result[(o * size + position(index.data[at], size)) * inner + i] += updates.data[at];
          }
      return result;
    },
  } satisfies Primitive<'putAlongDim'>,
};
