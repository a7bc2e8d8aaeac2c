/** @file Reductions: sum, amax, argmax. */
import { stridedOffsets } from '../../formats/ndArray.ts';
import { sizeOf, stridesOf, type Shape } from '../shape.ts';
import { misfit, requireType, type PlainValue, type Primitive } from './definition.ts';

function reducedShape(shape: Shape, axes: readonly number[], keepDims: boolean): number[] {
  return keepDims
    ? shape.map((d, i) => (axes.includes(i) ? 1 : d))
    : shape.filter((_, i) => !axes.includes(i));
}

/** For every element of x: the index of the result it falls into. */
function targets(shape: Shape, axes: readonly number[]): Uint32Array {
  const strides = stridesOf(reducedShape(shape, axes, true));
  return stridedOffsets(
    shape,
    strides.map((s, i) => (axes.includes(i) ? 0 : s)),
  );
}

function fold(
  x: PlainValue,
  axes: readonly number[],
  size: number,
  start: number,
  f: (a: number, b: number) => number,
): Float64Array {
  const result = new Float64Array(size).fill(start);
  targets(x.shape, axes).forEach((to, from) => (result[to] = f(result[to], x.data[from])));
  return result;
}

export const reduction = {
  sum: {
    infer(inputs, { axes, keepDims }) {
      if (inputs[0].dtype === 'bool') throw misfit('sum', inputs, 'cast booleans first');
      return { shape: reducedShape(inputs[0].shape, axes, keepDims), dtype: inputs[0].dtype };
    },
    evaluate: ([x], { axes }, out) => fold(x, axes, sizeOf(out.shape), 0, (a, b) => a + b),
  } satisfies Primitive<'sum'>,
  amax: {
    infer(inputs, { axes, keepDims }) {
      requireType('amax', inputs, 'float32');
      if (axes.some((a) => inputs[0].shape[a] === 0))
        throw misfit('amax', inputs, 'an empty axis has no maximum');
      return { shape: reducedShape(inputs[0].shape, axes, keepDims), dtype: 'float32' };
    },
    evaluate: ([x], { axes }, out) => fold(x, axes, sizeOf(out.shape), -Infinity, Math.max),
  } satisfies Primitive<'amax'>,
  argmax: {
    infer: (inputs, { axis }) => ({ shape: reducedShape(inputs[0].shape, [axis], false), dtype: 'int32' }),
    evaluate([x], { axis }, out) {
      const size = sizeOf(out.shape);
      const best = new Float64Array(size).fill(-Infinity);
      const index = new Float64Array(size);
      const seen = new Int32Array(size);
      targets(x.shape, [axis]).forEach((to, from) => {
        const position = seen[to]++;
        if (x.data[from] > best[to]) {
          best[to] = x.data[from]!;
          index[to] = position;
        }
      });
      return index;
    },
  } satisfies Primitive<'argmax'>,
};
