/** @file The one affine rule: rows of elements times constant matrices, plus constants. Everything linear is laid out for it. */
import type { AffineParts } from '../graph/builder.ts';
import type { Place } from '../graph/place.ts';
import { broadcast, limited, permuted, range, sizeOf, stretched, type Value } from '../graph/value.ts';

type More = Pick<AffineParts, 'rounding' | 'reach' | 'greaterOf'> & { readonly bias?: Value | undefined };

/** With its last two axes exchanged. */
export function turned(value: Value): Value {
  const rank = value.shape.length;
  return permuted(value, [...range(rank - 2), rank - 1, rank - 2]);
}

export const constantOf = (shape: readonly number[], constant: Float64Array): Value => ({
  shape,
  type: 'float32',
  constant,
});

/** Stacks of matrices a·b + bias, one of them constant: y[m, n] = Σ a[m, k] · b[k, n] + bias[m, n]; (bᵀaᵀ)ᵀ where that is a. */
export function product(at: Place, a: Value, b: Value, { bias, ...more }: More = {}): Value {
  if (!b.constant && a.constant)
    return turned(product(at, turned(b), turned(a), { ...more, bias: bias && turned(bias) }));
  if (!b.constant) at.refuse('neither of its operands is constant');
  const [[rows, inner], [depth, columns]] = [a.shape.slice(-2), b.shape.slice(-2)];
  if (inner !== depth) at.refuse(`[${a.shape}] and [${b.shape}] do not fit together`);
  const stack = broadcast(a.shape.slice(0, -2), b.shape.slice(0, -2));
  const isOne = sizeOf(b.shape.slice(0, -2)) === 1;
  const shape = [...stack, rows, columns];
  return at.builder.affine(at.name, shape, {
    elements: at.builder.elementsOf(stretched(a, [...stack, rows, inner])),
    inner,
    columns,
    rows: isOne ? Infinity : rows,
    weights: isOne ? b.constant : stretched(b, [...stack, inner, columns]).constant!,
    bias: bias && stretched(bias, shape).constant,
    ...more,
  });
}

/** Each number by its own factor, plus its own constant. */
export function scaled(at: Place, value: Value, factors: Float64Array, { bias, ...more }: More = {}): Value {
  const shape = [factors.length, 1, 1];
  const own = { ...more, bias: bias && { ...bias, shape } };
  return { ...product(at, { ...value, shape }, constantOf(shape, factors), own), shape: value.shape };
}

/** Σ scales[k] · values[k]; constants among them make the bias. */
export function plus(at: Place, values: readonly Value[], scales: readonly number[], more: More = {}): Value {
  const shape = values.map((value) => value.shape).reduce(broadcast);
  const size = sizeOf(shape);
  const [bias, reach] = [new Float64Array(size), new Float64Array(size)];
  const columns: Int32Array[] = [];
  const weights: number[] = [];
  values.forEach((value, k) => {
    const { constant, elements } = stretched(value, shape);
    if (elements) weights[columns.push(elements) - 1] = scales[k];
    constant?.forEach((c, i) => {
      bias[i] += scales[k] * c;
      reach[i] += Math.abs(scales[k] * c);
    });
  });
  const [inner, constants] = [columns.length, values.length - columns.length];
  const elements = new Int32Array(limited(size * inner));
  columns.forEach((column, k) => column.forEach((element, i) => (elements[i * inner + k] = element)));
  /* Constants among each other are summed by the checker, and by the model, with roundings of their own. */
  const several = constants > 1 ? { extra: constants, wobble: constants } : {};
  return at.builder.affine(at.name, shape, {
    elements,
    inner,
    columns: 1,
    rows: Infinity,
    weights: Float64Array.from(weights),
    reach,
    ...more,
    bias,
    rounding: { ...more.rounding, ...several },
  });
}
