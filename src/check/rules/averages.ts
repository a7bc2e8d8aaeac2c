/** @file AveragePool, GlobalAveragePool, ReduceMean and ReduceSum: y = (1/n) Σ x over a window or over axes. Linear, so the
 * terms are all there is to it. In the format: one rounding a term and two for the division (or for 1/n and the product); the
 * checker's 1/n is known to 2⁻⁵³ of itself.
 */
import { TermList } from '../graph/builder.ts';
import type { Place } from '../graph/place.ts';
import { indexMap, sizeOf, stridesOf, type Value } from '../graph/value.ts';
import { imageShape, under, windowsOf } from './windows.ts';

export function averagePool(at: Place): Value {
  const x = at.input(0);
  const { batch, channels, spatial, places } = imageShape(at, x.shape);
  const kernel = at.numbers('kernel_shape') ?? at.refuse('it has no kernel_shape');
  if (kernel.length !== spatial.length) at.refuse('its kernel_shape does not fit');
  const axes = windowsOf(at, spatial, kernel);
  const windows = under(axes, spatial, kernel);
  const pads = at.number('count_include_pad', 0) !== 0;
  /* What the runtimes divide by where a rounded-up window leaves the padded input differs between their versions. */
  if (pads && axes.some((axis, a) => axis.some((cells) => cells.length !== kernel[a])))
    at.refuse('a window beyond its padding that counts padding');
  const elements = at.builder.elementsOf(x);
  const counts = [...new Set(windows.map((cells) => cells.length))];
  const terms = new TermList(batch * channels * windows.length);
  for (let plane = 0; plane < batch * channels; plane++)
    windows.forEach((cells, o) => {
      const weight = counts.indexOf(cells.length);
      for (const [place] of cells) terms.term(elements[plane * places + place], weight);
      terms.output(plane * windows.length + o, terms.close(), 0);
    });
  const weights = Float64Array.from(counts, (n) => 1 / (pads ? sizeOf(kernel) : n));
  return at.builder.affine(at.name, [batch, channels, ...axes.map((axis) => axis.length)], terms, {
    weights,
    rounding: { extra: 2, wobble: 1 },
  });
}

/** Σ over axes, times a weight. */
function reduce(at: Place, axes: readonly number[], mean: boolean, keep: boolean): Value {
  const x = at.input(0);
  const elements = at.builder.elementsOf(x);
  const strides = stridesOf(x.shape);
  const kept = x.shape.map((n, axis) => (axes.includes(axis) ? 1 : n));
  const over = x.shape.map((n, axis) => (axes.includes(axis) ? n : 1));
  const step = (axis: number, i: number): number => i * strides[axis];
  const inner = indexMap(over, step);
  const terms = new TermList(sizeOf(kept));
  indexMap(kept, step).forEach((first, i) => {
    for (const place of inner) terms.term(elements[first + place], 0);
    terms.output(i, terms.close(), 0);
  });
  const shape = keep ? kept : kept.filter((_, axis) => !axes.includes(axis));
  const parts = mean
    ? { weights: Float64Array.of(1 / inner.length), rounding: { extra: 2, wobble: 1 } }
    : { weights: Float64Array.of(1) };
  return at.builder.affine(at.name, shape, terms, parts);
}

export const globalAveragePool = (at: Place): Value => {
  imageShape(at, at.input(0).shape);
  return reduce(
    at,
    at
      .input(0)
      .shape.map((_, axis) => axis)
      .slice(2),
    true,
    true,
  );
};

/** No axes: all of them, unless `noop_with_empty_axes`. */
function reduction(at: Place, mean: boolean): Value {
  const x = at.input(0);
  const given = at.list('axes', 1, mean ? 18 : 13) ?? [];
  if (given.length === 0 && at.number('noop_with_empty_axes', 0) !== 0) return x;
  const rank = x.shape.length;
  const axes = given.length === 0 ? x.shape.map((_, axis) => axis) : given.map((axis) => at.axis(axis, rank));
  return reduce(at, axes, mean, at.number('keepdims', 1) !== 0);
}

export const reduceMean = (at: Place): Value => reduction(at, true);
export const reduceSum = (at: Place): Value => reduction(at, false);
