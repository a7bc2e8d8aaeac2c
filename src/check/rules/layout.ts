/** @file Operators that move numbers, give them another shape, or give numbers that are known. All of them are index maps, the same
 * for constants and for elements. Exact: no rounding, no term.
 */
import type { Place, Rules } from '../graph/place.ts';
import { along, broadcast, limited, permuted, range, sizeOf, stretched, type Value } from '../graph/value.ts';

/** The same numbers in the same order. */
function shaped(at: Place, value: Value, shape: readonly number[]): Value {
  if (sizeOf(shape) !== sizeOf(value.shape)) at.refuse(`[${value.shape}] is not of the shape [${shape}]`);
  return { ...value, shape };
}

/** The axes that an attribute, or since an opset the operand `k`, names. */
function axesOf(at: Place, k: number, since: number, rank: number): number[] | undefined {
  const axes = at.list('axes', k, since);
  return axes && at.axes(axes, rank);
}

/** By mode of padding: the place that one beyond an axis of n stands for. */
const mirrors: Readonly<Record<string, (k: number, n: number) => number>> = {
  constant: () => -1,
  edge: (k, n) => (k < 0 ? 0 : n - 1),
  reflect: (k, n) => (k < 0 ? -k : 2 * (n - 1) - k),
};

/** Ways of Resize in which place i is place ⌊i/s⌋ for whole s: i/s rounded down; or (i + ½)/s − ½, never a tie, to the nearest. */
const repeating = [
  'nearest asymmetric floor',
  'nearest half_pixel round_prefer_floor',
  'nearest half_pixel round_prefer_ceil',
];

export const layout: Rules = {
  Identity: (at) => at.input(0),

  /** Outside of training (before opset 7 `is_test` says so); its mask has no rule. */
  Dropout(at) {
    if (at.opset < 7) at.require('is_test', 1, 0);
    else if (at.optional(2) && at.constant(2)[0] !== 0) at.refuse('it is in training');
    return at.input(0);
  },

  /** To the type that the numbers already have; whole numbers within constants stay what they are. */
  Cast(at) {
    const types = { 1: 'float32', 6: 'int32', 7: 'int64' } as const;
    const type = types[at.number('to', 0) as keyof typeof types];
    const value = at.input(0);
    const whole = value.constant?.every((n) => Number.isInteger(n) && Math.abs(n) < 2 ** 24);
    if (type === undefined || !(whole || type === value.type)) at.refuse('this conversion is not known');
    return { ...value, type };
  },

  Constant(at) {
    const value = at.tensor('value');
    if (value) return { ...value, constant: value.values };
    for (const [name, type] of [
      ['value_float', 'float32'],
      ['value_int', 'int64'],
    ] as const) {
      if (at.node.attributes.has(name))
        return { shape: [], type, constant: Float64Array.of(at.number(name, 0)) };
      const numbers = at.numbers(`${name}s`);
      if (numbers) return { shape: [numbers.length], type, constant: Float64Array.from(numbers) };
    }
    return at.refuse('a constant of this kind is not known');
  },

  ConstantOfShape(at) {
    const shape = [...at.constant(0)];
    const { type, values } = at.tensor('value') ?? { type: 'float32', values: [0] };
    return { shape, type, constant: new Float64Array(limited(sizeOf(shape))).fill(values[0]) };
  },

  /** start and end (from opset 15) select axes, cut to the rank. */
  Shape(at) {
    const sizes = at.input(0).shape;
    const cut = sizes.slice(at.number('start', 0), at.number('end', sizes.length));
    return { shape: [cut.length], type: 'int64', constant: Float64Array.from(cut) };
  },

  Reshape(at) {
    const value = at.input(0);
    const asked = at.list('shape', 1, 5) ?? at.refuse('it has no shape');
    const zeros = at.number('allowzero', 0) !== 0;
    const kept = (axis: number): number => value.shape[axis] ?? at.refuse('0 beyond the rank');
    const shape = asked.map((n, axis) => (n === 0 && !zeros ? kept(axis) : n));
    const open = shape.indexOf(-1);
    if (open >= 0) shape[open] = sizeOf(value.shape) / sizeOf(shape.with(open, 1));
    return shaped(at, value, shape);
  },

  Flatten(at) {
    const value = at.input(0);
    const axis = at.number('axis', 1);
    const cut = axis < 0 ? axis + value.shape.length : axis;
    return shaped(at, value, [sizeOf(value.shape.slice(0, cut)), sizeOf(value.shape.slice(cut))]);
  },

  Squeeze(at) {
    const value = at.input(0);
    const axes = axesOf(at, 1, 13, value.shape.length);
    return shaped(
      at,
      value,
      value.shape.filter((n, axis) => (axes ? !axes.includes(axis) : n !== 1)),
    );
  },

  Unsqueeze(at) {
    const value = at.input(0);
    const rank = value.shape.length + (at.list('axes', 1, 13)?.length ?? at.refuse('it has no axes'));
    const [axes, sizes] = [axesOf(at, 1, 13, rank)!, value.shape.values()];
    return shaped(
      at,
      value,
      range(rank).map((axis) => (axes.includes(axis) ? 1 : (sizes.next().value ?? 0))),
    );
  },

  Expand(at) {
    const value = at.input(0);
    return stretched(value, broadcast(value.shape, [...at.constant(1)]));
  },

  Transpose(at) {
    const value = at.input(0);
    const axes = range(value.shape.length);
    const perm = at.numbers('perm') ?? axes.toReversed();
    if (perm.length !== axes.length || !axes.every((axis) => perm.includes(axis)))
      at.refuse('its perm is no permutation of the axes');
    return permuted(value, perm);
  },

  /** Constants where all are, elements otherwise: one after the other with the axis in front. */
  Concat(at) {
    const [{ type, shape }] = at.inputs;
    const axis = at.axis(at.number('axis', at.opset < 4 ? 1 : NaN), shape.length);
    const front = [axis, ...range(shape.length).filter((k) => k !== axis)];
    const parts = at.inputs.map((value) => {
      if (value.shape.length !== shape.length || value.shape.some((n, k) => k !== axis && n !== shape[k]))
        at.refuse('its operands do not fit together');
      return permuted(value, front);
    });
    const length = parts.reduce((sum, part) => sum + part.shape[0], 0);
    const whole = front.map((k) => (k === axis ? length : shape[k]));
    const isConstant = parts.every(({ constant }) => constant);
    const all = new (isConstant ? Float64Array : Int32Array)(limited(sizeOf(whole)));
    let to = 0;
    for (const part of parts) {
      all.set(isConstant ? part.constant! : at.builder.elementsOf(part), to);
      to += sizeOf(part.shape);
    }
    const numbers = all instanceof Float64Array ? { constant: all } : { elements: all };
    const back = range(shape.length).map((k) => front.indexOf(k));
    return permuted({ type, shape: whole, ...numbers }, back);
  },

  /** ends beyond the axis are cut to it; a negative step walks from the back (ONNX "Slice"). */
  Slice(at) {
    let value = at.input(0);
    const [starts, ends] = [at.list('starts', 1, 10), at.list('ends', 2, 10)];
    if (!starts || !ends) return at.refuse('it has no starts and ends');
    const axes = axesOf(at, 3, 10, value.shape.length) ?? range(starts.length);
    const steps = at.opset < 10 ? undefined : at.list('steps', 4, 10);
    axes.forEach((axis, k) => {
      const n = value.shape[axis];
      const step = steps?.[k] ?? 1;
      if (step === 0) at.refuse('a step of 0');
      const [least, greatest] = step > 0 ? [0, n] : [-1, n - 1];
      const cut = (i: number): number => Math.min(Math.max(i < 0 ? i + n : i, least), greatest);
      const start = Math.min(Math.max(cut(starts[k]), 0), step > 0 ? n : n - 1);
      /* Runtimes take the largest whole number as an end of its own. */
      if (step < 0 && ends[k] > n) at.refuse('an end beyond its axis, backwards');
      value = along(value, axis, range(Math.max(0, Math.ceil((cut(ends[k]) - start) / step)), start, step));
    });
    return value;
  },

  Split(at) {
    const value = at.input(0);
    const axis = at.axis(at.number('axis', 0), value.shape.length);
    const n = value.shape[axis];
    const parts = at.number('num_outputs', at.node.outputs.length);
    const each = Math.ceil(n / parts);
    const sizes =
      at.list('split', 1, 13) ?? range(parts).map((k) => Math.max(0, Math.min(each, n - k * each)));
    if (sizes.reduce((sum, size) => sum + size, 0) !== n) at.refuse('its parts are not the whole');
    let first = 0;
    return sizes.map((size) => along(value, axis, range(size, (first += size) - size)));
  },

  Gather(at) {
    const value = at.input(0);
    const axis = at.axis(at.number('axis', 0), value.shape.length);
    const indices = [...at.constant(1)].map((i) => at.axis(i, value.shape[axis]));
    const shape = [...value.shape.slice(0, axis), ...at.input(1).shape, ...value.shape.slice(axis + 1)];
    return { ...along(value, axis, indices), shape };
  },

  /** One axis after the other; negative pads cut. What is filled in is an element (or a number) of its own. */
  Pad(at) {
    let value = at.input(0);
    const rank = value.shape.length;
    const mode = at.text('mode', 'constant');
    const pads = at.list('pads', 1, 11) ?? at.refuse('it has no pads');
    const axes = axesOf(at, 3, 18, rank) ?? range(rank);
    const fill = at.opset < 11 ? at.number('value', 0) : at.optional(2) ? at.constant(2)[0] : 0;
    const constant = { shape: [], type: value.type, constant: Float64Array.of(fill) };
    const filler = value.constant || mode !== 'constant' ? fill : at.builder.elementsOf(constant)[0];
    const mirror = Object.hasOwn(mirrors, mode)
      ? mirrors[mode]
      : at.refuse(`its mode ${mode} has no rule here`);
    if (pads.length !== 2 * axes.length) at.refuse('its pads do not fit');
    axes.forEach((axis, a) => {
      const n = value.shape[axis];
      const from = range(n + pads[a] + pads[a + axes.length], -pads[a]).map((k) =>
        k >= 0 && k < n ? k : mirror(k, n),
      );
      if (mode !== 'constant' && from.some((k) => !(k >= 0 && k < n)))
        at.refuse('it pads by more than there is');
      value = along(value, axis, from, filler);
    });
    return value;
  },

  /** Upwards by whole factors. */
  Resize(at) {
    let value = at.input(0);
    const how = [
      at.text('mode', 'nearest'),
      at.text('coordinate_transformation_mode', 'half_pixel'),
      at.text('nearest_mode', 'round_prefer_floor'),
    ];
    const isPlain =
      !at.node.attributes.has('axes') && at.text('keep_aspect_ratio_policy', 'stretch') === 'stretch';
    if (at.opset < 11 || !repeating.includes(how.join(' ')) || !isPlain)
      at.refuse('this way of resizing has no rule here');
    const rank = value.shape.length;
    const sizes = at.optional(3) && at.constant(3);
    const scales = sizes ? value.shape.map((n, axis) => sizes[axis] / n) : [...at.constant(2)];
    if (scales.length !== rank || !scales.every((s) => Number.isInteger(s) && s > 0))
      at.refuse('its scales are not whole numbers');
    scales.forEach((s, axis) => {
      value = along(
        value,
        axis,
        range(value.shape[axis] * s).map((i) => Math.floor(i / s)),
      );
    });
    return value;
  },
};
