/** @file Gemm, MatMul, Conv, ConvTranspose, AveragePool and reductions: every output is a sum of products of constants with elements
 * of one operand. A linear map, so its terms are all there is to it. In the format: one rounding a term, one for the bias; two more where
 * numbers are scaled, or for the division of a mean (or 1/n and the product; the checker's 1/n is known to 2⁻⁵³ of itself).
 */
import type { AffineParts } from '../graph/builder.ts';
import type { Place, Rules } from '../graph/place.ts';
import { broadcast, permuted, range, sizeOf, stretched, type Value } from '../graph/value.ts';
import { plus } from './elementwise.ts';
import { spatialOf, under, windowsOf } from './windows.ts';

const mean = { extra: 2, wobble: 1 } as const;

/** With its last two axes exchanged. */
function turned(value: Value): Value {
  const rank = value.shape.length;
  return permuted(value, [...range(rank - 2), rank - 1, rank - 2]);
}

/** Stacks of matrices a·b + bias, one of them constant: y[m, n] = Σ a[m, k] · b[k, n]; aᵀ where that is a. */
function product(at: Place, a: Value, b: Value, rounding?: AffineParts['rounding'], bias?: Value): Value {
  if (!b.constant && a.constant)
    return turned(product(at, turned(b), turned(a), rounding, bias && turned(bias)));
  if (!b.constant) at.refuse('neither of its operands is constant');
  const [[rows, inner], [depth, columns]] = [a.shape.slice(-2), b.shape.slice(-2)];
  if (inner !== depth) at.refuse(`[${a.shape}] and [${b.shape}] do not fit together`);
  const stack = broadcast(a.shape.slice(0, -2), b.shape.slice(0, -2));
  const elements = at.builder.elementsOf(stretched(a, [...stack, rows, inner]));
  const stacked = b.shape.length > 2;
  const fixed = stacked ? stretched(b, [...stack, inner, columns]) : b;
  return at.builder.affine(at.name, [...stack, rows, columns], {
    patterns: sizeOf(stack) * rows,
    each: columns,
    read(p, term) {
      for (let k = 0; k < inner; k++) term(elements[p * inner + k], k * columns);
    },
    base: (p, c) => (stacked ? Math.floor(p / rows) * inner * columns : 0) + c,
    weights: fixed.constant!,
    bias: bias?.constant,
    ...(rounding && { rounding }),
  });
}

/** What a group of channels gives under every window: `each` outputs, whose weights begin at `base`. */
interface Sliding extends Pick<AffineParts, 'weights' | 'rounding' | 'each'> {
  readonly groups: number;
  readonly windows: readonly (readonly [input: number, kernel: number][])[];
  /** Sizes of the windows' axes. */
  readonly places: readonly number[];
  readonly offset: (channel: number, k: number) => number;
  readonly base: (group: number, c: number, window: number) => number;
  readonly bias?: (channel: number) => number;
}

function slide(at: Place, { groups, windows, places, offset, base, bias, each, ...parts }: Sliding): Value {
  const x = at.input(0);
  const [batch, channels, ...spatial] = x.shape;
  const [size, own] = [sizeOf(spatial), channels / groups];
  const elements = at.builder.elementsOf(x);
  const count = windows.length;
  const groupOf = (p: number): number => Math.floor(p / count) % groups;
  const patterns = batch * groups * count;
  const channelOf = (i: number): number => groupOf(Math.floor(i / each)) * each + (i % each);
  const y = at.builder.affine(at.name, [batch, groups, ...places, each], {
    patterns,
    each,
    read(p, term) {
      const first = Math.floor(p / count) * own;
      for (let channel = 0; channel < own; channel++)
        for (const [place, k] of windows[p % count])
          term(elements[(first + channel) * size + place], offset(channel, k));
    },
    base: (p, c) => base(groupOf(p), c, p % count),
    bias: bias && new Float64Array(patterns * each).map((_, i) => bias(channelOf(i))),
    ...parts,
  });
  const last = y.shape.length - 1;
  const { elements: outputs } = permuted(y, [0, 1, last, ...range(last - 2, 2)]);
  return { shape: [batch, groups * each, ...places], type: y.type, elements: outputs! };
}

/** y[co, o] = Σ W[co, ci, k] · x[ci, place(o, k)] + b[co] over the channels of its group and the kernel's places within the input. */
function convolution(at: Place, transposed: boolean): Value {
  const spatial = spatialOf(at);
  const channels = at.input(0).shape[1];
  const [weights, shape] = [at.constant(1), at.input(1).shape];
  const bias = at.optional(2) && at.constant(2);
  const groups = at.number('group', 1);
  const [first, second, ...kernel] = shape;
  const [own, each] = transposed ? [first / groups, second] : [second, first / groups];
  if (own * groups !== channels || !Number.isInteger(each) || (bias && bias.length !== each * groups))
    at.refuse(`a kernel [${shape}] for ${channels} channels`);
  const told = at.numbers('kernel_shape') ?? kernel;
  if (told.length !== kernel.length || told.some((n, axis) => n !== kernel[axis]))
    at.refuse('its kernel_shape is not that of its kernel');
  const axes = windowsOf(at, spatial, kernel, transposed);
  const cells = sizeOf(kernel);
  /* Of a kernel [output, input of the group, place], or [input, output of the group, place]. */
  const [inputStep, outputStep] = transposed ? [each * cells, cells] : [cells, own * cells];
  return slide(at, {
    groups,
    windows: under(axes, spatial, kernel),
    places: axes.map((axis) => axis.length),
    each,
    offset: (channel, k) => channel * inputStep + k,
    base: (group, c) => group * own * each * cells + c * outputStep,
    weights,
    ...(bias && { bias: (channel) => bias[channel] }),
  });
}

/** Σ over axes, or the mean. */
function reduced(at: Place, axes: readonly number[], isMean: boolean, keep: boolean): Value {
  const x = at.input(0);
  const kept = range(x.shape.length).filter((axis) => !axes.includes(axis));
  const [rows, n] = [kept, axes].map((list) => sizeOf(list.map((axis) => x.shape[axis])));
  const matrix = { ...permuted(x, [...kept, ...axes]), shape: [rows, n] };
  const weights = { shape: [n, 1], type: x.type, constant: new Float64Array(n).fill(isMean ? 1 / n : 1) };
  const shape = x.shape.map((size, axis) => (axes.includes(axis) ? 1 : size));
  const y = product(at, matrix, weights, isMean ? mean : {});
  return { ...y, shape: keep ? shape : shape.filter((_, axis) => kept.includes(axis)) };
}

/** No axes: all of them, unless `noop_with_empty_axes`. */
function reduction(at: Place, isMean: boolean): Value {
  const x = at.input(0);
  const rank = x.shape.length;
  const axes = (at.list('axes', 1, isMean ? 18 : 13) ?? []).map((axis) => at.axis(axis, rank));
  if (axes.length === 0 && at.number('noop_with_empty_axes', 0) !== 0) return x;
  return reduced(at, axes.length > 0 ? axes : range(rank), isMean, at.number('keepdims', 1) !== 0);
}

export const products: Rules = {
  Conv: (at) => convolution(at, false),
  ConvTranspose: (at) => convolution(at, true),
  ReduceMean: (at) => reduction(at, true),
  ReduceSum: (at) => reduction(at, false),
  GlobalAveragePool: (at) => reduced(at, range(spatialOf(at).length, 2), true, true),

  /** Operands of one axis are a row on the left and a column on the right, and that axis is dropped again. */
  MatMul(at) {
    const [a, b] = [at.input(0), at.input(1)];
    if (a.shape.length === 0 || b.shape.length === 0) at.refuse('an operand without axes');
    const [row, column] = [a.shape.length === 1, b.shape.length === 1];
    const left = row ? { ...a, shape: [1, ...a.shape] } : a;
    const y = product(at, left, column ? { ...b, shape: [...b.shape, 1] } : b);
    const last = y.shape.length - 1;
    return {
      ...y,
      shape: y.shape.filter((_, axis) => !(row && axis === last - 1) && !(column && axis === last)),
    };
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
    const rounding = plain ? {} : { ...mean, gain: Math.max(Math.abs(alpha), Math.abs(beta)) };
    const times = (value: Value, scale: number): Value =>
      value.constant && scale !== 1 ? { ...value, constant: value.constant.map((n) => n * scale) } : value;
    const [left, right] = b.constant ? [a, times(b, alpha)] : [times(a, alpha), b];
    const bias = c?.constant && stretched(times(c, beta), [a.shape[0], b.shape[1]]);
    const y = product(at, left, right, rounding, bias);
    return c === undefined || bias ? y : plus(at, [y, c], [1, beta], rounding);
  },

  AveragePool(at) {
    const [x, spatial] = [at.input(0), spatialOf(at)];
    const kernel = at.numbers('kernel_shape') ?? at.refuse('it has no kernel_shape');
    const axes = windowsOf(at, spatial, kernel);
    const windows = under(axes, spatial, kernel);
    const pads = at.number('count_include_pad', 0) !== 0;
    /* What the runtimes divide by where a rounded-up window leaves the padded input differs between their versions. */
    if (pads && axes.some((axis, a) => axis.some((cells) => cells.length !== kernel[a])))
      at.refuse('a window beyond its padding that counts padding');
    const counts = [...new Set(windows.map((cells) => cells.length))];
    return slide(at, {
      groups: x.shape[1],
      windows,
      places: axes.map((axis) => axis.length),
      each: 1,
      offset: () => 0,
      base: (_group, _c, window) => counts.indexOf(windows[window].length),
      weights: Float64Array.from(counts, (n) => 1 / (pads ? sizeOf(kernel) : n)),
      rounding: mean,
    });
  },
};
