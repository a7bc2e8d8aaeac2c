/** @file Gemm, MatMul, Conv, ConvTranspose, AveragePool and reductions: every output is a sum of products of constants with elements
 * of one operand. A linear map, so its terms are all there is to it. In the format: one rounding a term, one for the bias; two more where
 * numbers are scaled, or for the division of a mean (or 1/n and the product; the checker's 1/n is known to 2⁻⁵³ of itself).
 */
import type { Place, Rules } from '../graph/place.ts';
import { range, sizeOf, permuted, type Value } from '../graph/value.ts';
import { constantOf, plus, product, turned } from './affine.ts';
import { under, windowsOf } from './windows.ts';

const mean = { extra: 2, wobble: 1 } as const;

/** y[co, o] = Σ W[co, ci, k] · x[ci, place(o, k)] + b[co] over the channels of its group and the kernel's places within the input. */
function convolution(at: Place, transposed: boolean): Value {
  const [batch, channels] = at.input(0).shape;
  const [weights, shape] = [at.constant(1), at.input(1).shape];
  const bias = at.optional(2) && at.constant(2);
  const groups = at.number('group', 1);
  const [first, second, ...kernel] = shape;
  const [own, each] = transposed ? [first / groups, second] : [second, first / groups];
  if (own * groups !== channels || !Number.isInteger(each) || (bias && bias.length !== each * groups))
    at.refuse(`a kernel [${shape}] for ${channels} channels`);
  const told = at.numbers('kernel_shape') ?? kernel;
  if (told.join() !== kernel.join()) at.refuse('its kernel_shape is not that of its kernel');
  const windows = windowsOf(at, kernel, transposed);
  /* A kernel is [output, input of the group, place], or [input, output of the group, place]. */
  const cells = sizeOf(kernel);
  const order = transposed ? [groups, own, each, cells] : [groups, each, own, cells];
  const ordered = permuted(constantOf(order, weights), transposed ? [0, 1, 3, 2] : [0, 2, 3, 1]);
  const y = product(
    at,
    under(at, windows, groups),
    { ...ordered, shape: [groups, own * cells, each] },
    {
      bias: bias && constantOf([groups, 1, each], bias),
    },
  );
  return { ...turned(y), shape: [batch, groups * each, ...windows.map((axis) => axis.length)] };
}

/** Σ over axes, or the mean; those axes are kept with the size 1. */
function reduced(at: Place, axes: readonly number[], isMean: boolean): Value {
  const x = at.input(0);
  const kept = range(x.shape.length).filter((axis) => !axes.includes(axis));
  const [rows, n] = [kept, axes].map((list) => sizeOf(list.map((axis) => x.shape[axis])));
  const matrix = { ...permuted(x, [...kept, ...axes]), shape: [rows, n] };
  const weights = constantOf([n, 1], new Float64Array(n).fill(isMean ? 1 / n : 1));
  const y = product(at, matrix, weights, isMean ? { rounding: mean } : {});
  return { ...y, shape: x.shape.map((size, axis) => (axes.includes(axis) ? 1 : size)) };
}

/** No axes: all of them, unless `noop_with_empty_axes`. */
function reduction(at: Place, isMean: boolean): Value {
  const x = at.input(0);
  const rank = x.shape.length;
  const given = at.axes(at.list('axes', 1, isMean ? 18 : 13) ?? [], rank);
  if (given.length === 0 && at.number('noop_with_empty_axes', 0) !== 0) return x;
  const axes = given.length > 0 ? given : range(rank);
  const y = reduced(at, axes, isMean);
  const kept = y.shape.filter((_, axis) => !axes.includes(axis));
  return at.number('keepdims', 1) !== 0 ? y : { ...y, shape: kept };
}

export const products: Rules = {
  Conv: (at) => convolution(at, false),
  ConvTranspose: (at) => convolution(at, true),
  ReduceMean: (at) => reduction(at, true),
  ReduceSum: (at) => reduction(at, false),

  GlobalAveragePool(at) {
    const rank = at.input(0).shape.length;
    return reduced(at, rank < 3 ? at.refuse('its operand has no spatial axes') : range(rank - 2, 2), true);
  },

  AveragePool(at) {
    const [batch, channels] = at.input(0).shape;
    const kernel = at.numbers('kernel_shape') ?? at.refuse('it has no kernel_shape');
    const windows = windowsOf(at, kernel);
    const counted = at.number('count_include_pad', 0) !== 0;
    /* What the runtimes divide by where a rounded-up window leaves the padded input differs between their versions. */
    if (counted && windows.flat(2).includes(-2)) at.refuse('a window beyond its padding that counts padding');
    const cells = under(at, windows, channels);
    const [, , count, inner] = cells.shape;
    const within = (w: number): number =>
      cells
        .elements!.subarray(w * inner, (w + 1) * inner)
        .reduce((n, element) => n + Number(element >= 0), 0);
    const factors = range(count).map((w) => 1 / (counted ? inner : within(w)));
    if (!factors.every(Number.isFinite)) at.refuse('a window that lies in the padding alone');
    const weights = new Float64Array(count * inner).map((_, i) => factors[Math.floor(i / inner)]);
    const rows = { ...cells, shape: [batch, channels, count, 1, inner] };
    const y = product(at, rows, constantOf([count, inner, 1], weights), { rounding: mean });
    return { ...y, shape: [batch, channels, ...windows.map((axis) => axis.length)] };
  },

  /** Operands of one axis are a row on the left and a column on the right, and that axis is dropped again. */
  MatMul(at) {
    const [a, b] = [at.input(0), at.input(1)];
    if (a.shape.length === 0 || b.shape.length === 0) at.refuse('an operand without axes');
    const [row, column] = [a.shape.length === 1, b.shape.length === 1];
    const left = row ? { ...a, shape: [1, ...a.shape] } : a;
    const y = product(at, left, column ? { ...b, shape: [...b.shape, 1] } : b);
    const dropped = [row && y.shape.length - 2, column && y.shape.length - 1];
    return { ...y, shape: y.shape.filter((_, axis) => !dropped.includes(axis)) };
  },

  /** alpha·A'·B' + beta·C. */
  Gemm(at) {
    const [a, b] = ['transA', 'transB'].map((name, k) => {
      const value = at.input(k);
      if (value.shape.length !== 2) at.refuse('an operand is no matrix');
      return at.number(name, 0) === 0 ? value : turned(value);
    });
    const [alpha, beta, c] = [at.number('alpha', 1), at.number('beta', 1), at.optional(2)];
    /* Before it is scaled, a product may be larger than any value that is known. */
    for (const scale of [alpha, beta])
      if (!(Math.abs(scale) >= 2 ** -7)) at.refuse(`it is scaled by ${scale}`);
    const plain = alpha === 1 && (beta === 1 || !c);
    const rounding = plain
      ? {}
      : { ...mean, gain: Math.max(...[alpha, 1 / alpha, beta, 1 / beta].map(Math.abs)) };
    const times = (value: Value, scale: number): Value =>
      value.constant && scale !== 1 ? { ...value, constant: value.constant.map((n) => n * scale) } : value;
    const [left, right] = b.constant ? [a, times(b, alpha)] : [times(a, alpha), b];
    const y = product(at, left, right, { rounding, bias: c?.constant && times(c, beta) });
    return c === undefined || c.constant ? y : plus(at, [y, c], [1, beta], { rounding });
  },
};
