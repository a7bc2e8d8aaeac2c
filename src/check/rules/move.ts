/** @file Operators that select and move numbers: index maps of their outputs. Exact: no rounding, no term. */
import type { Place } from '../graph/place.ts';
import {
  broadcast,
  indexMap,
  limited,
  picked,
  sizeOf,
  stretched,
  stridesOf,
  type Value,
} from '../graph/value.ts';

/** Operands as one tensor in one row: constants where all are, elements otherwise. */
function joined(at: Place, values: readonly Value[]): Value {
  const size = limited(values.reduce((sum, { shape }) => sum + sizeOf(shape), 0));
  const constants = values.every(({ constant }) => constant);
  const all = constants ? new Float64Array(size) : new Int32Array(size);
  let first = 0;
  for (const value of values) {
    all.set(constants ? value.constant! : at.builder.elementsOf(value), first);
    first += sizeOf(value.shape);
  }
  const [{ type }] = values;
  return all instanceof Float64Array
    ? { shape: [size], type, constant: all }
    : { shape: [size], type, elements: all };
}

/** Along one axis, output place i is place `from[i]` of the value. */
export function along(value: Value, axis: number, from: readonly number[]): Value {
  const strides = stridesOf(value.shape);
  const shape = value.shape.with(axis, from.length);
  return picked(
    value,
    shape,
    indexMap(shape, (k, i) => strides[k] * (k === axis ? from[i] : i)),
  );
}

export const range = (count: number, first = 0, step = 1): number[] =>
  Array.from({ length: limited(count) }, (_, i) => first + i * step);

export function transpose(at: Place): Value {
  const value = at.input(0);
  const perm = at.numbers('perm') ?? value.shape.map((_, axis) => value.shape.length - 1 - axis);
  if ([...perm].sort((a, b) => a - b).some((axis, k) => axis !== k) || perm.length !== value.shape.length)
    at.refuse('its perm is no permutation of the axes');
  const strides = stridesOf(value.shape);
  const shape = perm.map((axis) => value.shape[axis]);
  return picked(
    value,
    shape,
    indexMap(shape, (k, i) => strides[perm[k]] * i),
  );
}

export function concat(at: Place): Value {
  const values = range(at.count).map((k) => at.input(k));
  const { shape } = values[0];
  const axis = at.axis(at.number('axis', at.opset < 4 ? 1 : NaN), shape.length);
  const whole = joined(at, values);
  const firsts: number[] = [];
  let first = 0;
  const strides = values.map((value) => stridesOf(value.shape));
  const owner: (readonly [number, number])[] = [];
  values.forEach((value, v) => {
    if (value.shape.length !== shape.length || value.shape.some((n, k) => k !== axis && n !== shape[k]))
      at.refuse('its operands do not fit together');
    firsts.push(first);
    first += sizeOf(value.shape);
    for (const i of range(value.shape[axis])) owner.push([v, i]);
  });
  const [before, after] = [shape.slice(0, axis), sizeOf(shape.slice(axis + 1))];
  const source: number[] = [];
  for (const outer of range(sizeOf(before)))
    for (const [v, i] of owner)
      for (const inner of range(after))
        source.push(firsts[v] + outer * values[v].shape[axis] * strides[v][axis] + i * after + inner);
  return picked(whole, shape.with(axis, owner.length), source);
}

/** ends beyond the axis are cut to it; a negative step walks from the back (ONNX "Slice"). */
export function slice(at: Place): Value {
  let value = at.input(0);
  const [starts, ends] = [at.list('starts', 1, 10), at.list('ends', 2, 10)];
  if (!starts || !ends) return at.refuse('it has no starts and ends');
  const axes = at.list('axes', 3, 10) ?? range(starts.length);
  const steps = at.opset < 10 ? undefined : at.list('steps', 4, 10);
  axes.forEach((asked, k) => {
    const axis = at.axis(asked, value.shape.length);
    const n = value.shape[axis];
    const step = steps?.[k] ?? 1;
    if (step === 0) at.refuse('a step of 0');
    const [least, greatest] = step > 0 ? [0, n] : [-1, n - 1];
    const cut = (i: number): number => Math.min(Math.max(i < 0 ? i + n : i, least), greatest);
    const start = Math.min(Math.max(cut(starts[k]), 0), step > 0 ? n : n - 1);
    /* Runtimes take the largest whole number as an end of its own. */
    if (step < 0 && ends[k] > n) at.refuse('an end beyond its axis, backwards');
    const count = Math.max(0, Math.ceil((cut(ends[k]) - start) / step));
    value = along(value, axis, range(count, start, step));
  });
  return value;
}

export function split(at: Place): Value[] {
  const value = at.input(0);
  const axis = at.axis(at.number('axis', 0), value.shape.length);
  const n = value.shape[axis];
  const parts = at.number('num_outputs', at.node.outputs.length);
  const each = Math.ceil(n / parts);
  const sizes = at.list('split', 1, 13) ?? range(parts).map((k) => Math.max(0, Math.min(each, n - k * each)));
  if (sizes.reduce((sum, size) => sum + size, 0) !== n) at.refuse('its parts are not the whole');
  let first = 0;
  return sizes.map((size) => along(value, axis, range(size, (first += size) - size)));
}

export function gather(at: Place): Value {
  const value = at.input(0);
  const axis = at.axis(at.number('axis', 0), value.shape.length);
  const n = value.shape[axis];
  const indices = [...at.constant(1)].map((i) => at.axis(i, n));
  const taken = along(value, axis, indices);
  return {
    ...taken,
    shape: [...value.shape.slice(0, axis), ...at.input(1).shape, ...value.shape.slice(axis + 1)],
  };
}

export function expand(at: Place): Value {
  const value = at.input(0);
  return stretched(value, broadcast(value.shape, [...at.constant(1)]));
}

/** Constant padding is an element (or number) of its own; reflection and edge repeat numbers; negative pads cut. */
export function pad(at: Place): Value {
  const value = at.input(0);
  const rank = value.shape.length;
  const mode = at.text('mode', 'constant');
  const given = at.list('pads', 1, 11) ?? at.refuse('it has no pads');
  const axes = at.list('axes', 3, 18)?.map((axis) => at.axis(axis, rank)) ?? range(rank);
  const fill = at.opset < 11 ? at.number('value', 0) : at.optional(2) ? at.constant(2)[0] : 0;
  const whole = joined(at, [value, { shape: [1], type: value.type, constant: Float64Array.of(fill) }]);
  const strides = stridesOf(value.shape);
  const begin = value.shape.map((_, axis) => given[axes.indexOf(axis)] ?? 0);
  const shape = value.shape.map(
    (n, axis) => n + begin[axis] + (given[axes.indexOf(axis) + axes.length] ?? 0) * +axes.includes(axis),
  );
  const from = (axis: number, i: number): number => {
    const [n, k] = [value.shape[axis], i - begin[axis]];
    if (k >= 0 && k < n) return k;
    if (mode === 'constant') return -1;
    if (mode === 'edge') return k < 0 ? 0 : n - 1;
    const back = k < 0 ? -k : 2 * (n - 1) - k;
    return mode === 'reflect' && back >= 0 && back < n
      ? back
      : at.refuse(`its mode ${mode} has no rule here`);
  };
  const source = indexMap(shape, (axis, i) => {
    const k = from(axis, i);
    return k < 0 ? -1 : k * strides[axis];
  });
  return picked(
    whole,
    shape,
    source.map((k) => (k < 0 ? sizeOf(value.shape) : k)),
  );
}
