/** @file Primitives that move elements: reshape, permute, expand, cat, slice, flip, pad. */
import { stridedOffsets } from '../../formats/ndArray.ts';
import {
  broadcastShapes,
  broadcastStrides,
  sameShape,
  shapeText,
  sizeOf,
  stridesOf,
  type Shape,
} from '../shape.ts';
import { misfit, type Primitive } from './definition.ts';

/** Reads `out` elements at `base + Σ index·stride`. */
function strided(data: Float64Array, base: number, strides: readonly number[], out: Shape): Float64Array {
  const offsets = stridedOffsets(out, strides, base);
  const result = new Float64Array(offsets.length);
  for (let i = 0; i < result.length; i++) result[i] = data[offsets[i]];
  return result;
}

/** Writes all of `data` into `target` at `base + Σ index·stride`. */
function scatter(
  target: Float64Array,
  data: Float64Array,
  shape: Shape,
  base: number,
  strides: readonly number[],
): void {
  stridedOffsets(shape, strides, base).forEach((to, from) => (target[to] = data[from]));
}

export const layout = {
  reshape: {
    infer(inputs, { shape }) {
      if (sizeOf(shape) !== sizeOf(inputs[0].shape))
        throw misfit('reshape', inputs, `${shapeText(shape)} has another number of elements`);
      return { shape, dtype: inputs[0].dtype };
    },
    evaluate: ([x]) => x.data,
  } satisfies Primitive<'reshape'>,
  permute: {
    infer(inputs, { order }) {
      const { shape, dtype } = inputs[0];
      if (
        !sameShape(
          [...order].sort((a, b) => a - b),
          shape.map((_, i) => i),
        )
      )
        throw misfit('permute', inputs, `${shapeText(order)} is not an order of its axes`);
      return { shape: order.map((o) => shape[o]), dtype };
    },
    evaluate([x], { order }, out) {
      const strides = stridesOf(x.shape);
      return strided(
        x.data,
        0,
        order.map((o) => strides[o]),
        out.shape,
      );
    },
  } satisfies Primitive<'permute'>,
  expand: {
    infer(inputs, { shape }) {
      const joined = broadcastShapes(inputs[0].shape, shape);
      if (!joined || !sameShape(joined, shape))
        throw misfit('expand', inputs, `does not broadcast to ${shapeText(shape)}`);
      return { shape, dtype: inputs[0].dtype };
    },
    evaluate: ([x], { shape }) => strided(x.data, 0, broadcastStrides(x.shape, shape), shape),
  } satisfies Primitive<'expand'>,
  cat: {
    infer(inputs, { axis }) {
      const first = inputs[0];
      for (const part of inputs) {
        const fits =
          part.dtype === first.dtype &&
          part.shape.length === first.shape.length &&
          part.shape.every((d, i) => i === axis || d === first.shape[i]);
        if (!fits) throw misfit('cat', inputs, `all parts must agree outside axis ${axis}`);
      }
      const total = inputs.reduce((n, p) => n + p.shape[axis], 0);
      return { shape: first.shape.map((d, i) => (i === axis ? total : d)), dtype: first.dtype };
    },
    evaluate(inputs, { axis }, out) {
      const result = new Float64Array(sizeOf(out.shape));
      const strides = stridesOf(out.shape);
      let base = 0;
      for (const part of inputs) {
        scatter(result, part.data, part.shape, base, strides);
        base += part.shape[axis] * strides[axis];
      }
      return result;
    },
  } satisfies Primitive<'cat'>,
  slice: {
    infer(inputs, { starts, ends, steps }) {
      const { shape, dtype } = inputs[0];
      const valid =
        [starts, ends, steps].every((list) => list.length === shape.length) &&
        shape.every((d, i) => starts[i] >= 0 && ends[i] <= d && starts[i] <= ends[i] && steps[i] >= 1);
      if (!valid)
        throw misfit('slice', inputs, `range ${shapeText(starts)}..${shapeText(ends)} does not lie inside`);
      return { shape: shape.map((_, i) => Math.ceil((ends[i] - starts[i]) / steps[i])), dtype };
    },
    evaluate([x], { starts, steps }, out) {
      const strides = stridesOf(x.shape);
      const base = strides.reduce((b, s, i) => b + s * starts[i], 0);
      return strided(
        x.data,
        base,
        strides.map((s, i) => s * steps[i]),
        out.shape,
      );
    },
  } satisfies Primitive<'slice'>,
  flip: {
    infer: (inputs) => inputs[0],
    evaluate([x], { axes }) {
      const strides = stridesOf(x.shape);
      const base = axes.reduce((b, a) => b + strides[a] * (x.shape[a] - 1), 0);
      return strided(
        x.data,
        base,
        strides.map((s, i) => (axes.includes(i) ? -s : s)),
        x.shape,
      );
    },
  } satisfies Primitive<'flip'>,
  pad: {
    infer(inputs, { before, after, interior }) {
      const { shape, dtype } = inputs[0];
      const valid = [before, after, interior].every(
        (l) => l.length === shape.length && l.every((n) => n >= 0),
      );
      if (!valid) throw misfit('pad', inputs, 'amounts must be given for every axis and not be negative');
      return {
        shape: shape.map((d, i) => before[i] + after[i] + d + Math.max(0, d - 1) * interior[i]),
        dtype,
      };
    },
    evaluate([x], { before, interior }, out) {
      const result = new Float64Array(sizeOf(out.shape));
      const strides = stridesOf(out.shape);
      const base = strides.reduce((b, s, i) => b + s * before[i], 0);
      scatter(
        result,
        x.data,
        x.shape,
        base,
        strides.map((s, i) => s * (interior[i] + 1)),
      );
      return result;
    },
  } satisfies Primitive<'pad'>,
};
