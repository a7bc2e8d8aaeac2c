/** @file Slice, Split, Gather, Concat, Pad: parts of values, and values side by side. */
import { UserError } from '../../../formats/userError.ts';
import { cat, constant as fixed, indexSelect, sizeOf } from '../../../tensor/index.ts';
import { shapeText } from '../../../tensor/shape.ts';
import type { NetworkBuilder } from '../networkBuilder.ts';
import {
  axisOf,
  float,
  int,
  ints,
  layer,
  number,
  operator,
  optional,
  since,
  until,
  value,
  whole,
  wholes,
  word,
} from '../operator.ts';
import { constantOf, defaultLayout, type LayerValue, type Value } from '../value.ts';
import { asReal, moved, requireModestSize } from '../constants.ts';
import { affine, scalarAffine } from './elementwise.ts';

/** A layer value laid out so that ONNX axis `axis` is layout axis `at`. */
function alongAxis(
  builder: NetworkBuilder,
  x: LayerValue,
  axis: number,
): { readonly view: LayerValue; readonly at: number } {
  const skipsFirst = axis > 0 && x.shape[0] === 1;
  const layout = skipsFirst ? defaultLayout(x.shape) : x.shape;
  return { view: builder.withLayout(x, layout), at: skipsFirst ? axis - 1 : axis };
}

/** `from`, …, so many of them. */
const run = (from: number, count: number): number[] => Array.from({ length: count }, (_, i) => from + i);

/** The positions along one axis, in the order given. */
function select(builder: NetworkBuilder, x: Value, axis: number, positions: readonly number[]): Value {
  const length = x.shape[axis];
  const outside = positions.find((p) => !(p >= 0 && p < length));
  if (outside !== undefined)
    throw new UserError(`position ${outside} is outside axis ${axis} of ${shapeText(x.shape)}.`);
  if (positions.length === 0) throw new UserError('its result would be empty.');
  if (positions.length === length && positions.every((p, i) => p === i)) return x;
  if (x.kind === 'constant') return moved((t) => indexSelect(t, axis, fixed(Int32Array.from(positions))), x);
  const { view, at } = alongAxis(builder, x, axis);
  const shape = x.shape.with(axis, positions.length);
  const step = positions.length > 1 ? positions[1] - positions[0] : 1;
  const even = step >= 1 && positions.every((p, i) => p === positions[0] + i * step);
  if (!even) return builder.add({ kind: 'gather', axis: at, indices: positions }, [view], shape);
  const { layout } = view;
  return builder.add(
    {
      kind: 'slice',
      starts: layout.map((_, i) => (i === at ? positions[0] : 0)),
      ends: layout.with(at, positions.at(-1)! + 1),
      steps: layout.map((_, i) => (i === at ? step : 1)),
    },
    [view],
    shape,
  );
}

/** Positions of x[start:end:step] as ONNX clamps them. */
function range(start: number, end: number, step: number, length: number): number[] {
  const [least, most] = step > 0 ? [0, length] : [-1, length - 1];
  const clamped = (n: number, low: number): number => Math.min(Math.max(n < 0 ? n + length : n, low), most);
  const positions: number[] = [];
  const to = clamped(end, least);
  for (let p = clamped(start, 0); step > 0 ? p < to : p > to; p += step) positions.push(p);
  return positions;
}

/** Zeros before and after along one axis. */
function padded(
  builder: NetworkBuilder,
  x: LayerValue,
  axis: number,
  before: number,
  after: number,
): LayerValue {
  if (before === 0 && after === 0) return x;
  const { view, at } = alongAxis(builder, x, axis);
  const amounts = (n: number): number[] => view.layout.map((_, i) => (i === at ? n : 0));
  const shape = x.shape.with(axis, x.shape[axis] + before + after);
  return builder.add({ kind: 'pad', before: amounts(before), after: amounts(after) }, [view], shape);
}

/** Constant parts stand in as zeros at first; one addition then puts their numbers in. */
function joined(builder: NetworkBuilder, parts: readonly Value[], axis: number): Value {
  const constants = parts.filter((p) => p.kind === 'constant');
  if (constants.length === parts.length) return moved((...t) => cat(t, axis), ...constants);
  const layers: LayerValue[] = [];
  let before = 0;
  for (const part of parts) {
    const length = part.shape[axis];
    if (part.kind === 'layer') {
      layers.push(padded(builder, part, axis, before, 0));
      before = 0;
    } else if (layers.length === 0) before += length;
    else layers.push(padded(builder, layers.pop()!, axis, 0, length));
  }
  let whole = layers[0];
  if (layers.length > 1) {
    const views = layers.map((l) => alongAxis(builder, l, axis));
    const length = parts.reduce((n, p) => n + p.shape[axis], 0);
    whole = builder.add(
      { kind: 'cat', axis: views[0].at },
      views.map((v) => v.view),
      parts[0].shape.with(axis, length),
    );
  }
  if (constants.length === 0) return whole;
  const numbers = parts.map((p) =>
    p.kind === 'constant' ? asReal(p) : constantOf(new Float64Array(sizeOf(p.shape)), p.shape),
  );
  return affine(builder, whole, { bias: moved((...t) => cat(t, axis), ...numbers) });
}

/** Positions of mirrored, repeated or wrapped borders. */
function borderPositions(mode: string, length: number, before: number, after: number): number[] {
  requireModestSize(before + length + after, length);
  return run(-before, before + length + after).map((p) => {
    if (p >= 0 && p < length) return p;
    if (mode === 'edge') return p < 0 ? 0 : length - 1;
    if (mode === 'reflect') return p < 0 ? -p : 2 * (length - 1) - p;
    return ((p % length) + length) % length;
  });
}

export const selections = {
  /** Ranges are attributes in older operator sets, inputs in newer ones. */
  Slice: operator(
    [
      value,
      optional(wholes('starts')),
      optional(wholes('ends')),
      optional(wholes('axes')),
      optional(wholes('steps')),
    ],
    { axes: until(9, ints), starts: until(9, ints), ends: until(9, ints) },
    ([given, from, to, along, by], attributes, { builder }) => {
      const { starts = from, ends = to } = attributes;
      if (!starts || !ends) throw new UserError('its starts or ends are missing.');
      const axes = attributes.axes ?? along ?? run(0, starts.length);
      const steps = by ?? starts.map(() => 1);
      if ([ends, axes, steps].some((list) => list.length !== starts.length))
        throw new UserError('its starts, ends, axes and steps are not equally many.');
      return starts.reduce<Value>((x, start, i) => {
        const axis = axisOf(axes[i], x.shape.length);
        if (steps[i] === 0) throw new UserError('its step is 0.');
        return select(builder, x, axis, range(start, ends[i], steps[i], x.shape[axis]));
      }, given);
    },
  ),
  Split: operator(
    [value, optional(wholes('split'))],
    { axis: int(0), split: until(12, ints), num_outputs: since(18, int(undefined)) },
    ([x, listed], { axis: at, split: given = listed, num_outputs }, { builder, node, opset }) => {
      const axis = axisOf(at, x.shape.length);
      const length = x.shape[axis];
      const count = node.outputs.length;
      const even = Math.ceil(length / count);
      const whole = `axis ${axis} of ${shapeText(x.shape)}`;
      if (!given && opset < 18 && length % count !== 0)
        throw new UserError(`${whole} does not split into ${count} equal parts.`);
      if (num_outputs !== undefined && num_outputs !== count)
        throw new UserError(`its num_outputs is ${num_outputs}, but it has ${count} outputs.`);
      const sizes = given ?? run(0, count).map((i) => Math.min(even, length - i * even));
      if (sizes.length !== count || sizes.reduce((a, b) => a + b, 0) !== length)
        throw new UserError(`parts of [${sizes.join(',')}] do not make up ${whole}.`);
      let start = 0;
      return sizes.map((size) => select(builder, x, axis, run((start += size) - size, size)));
    },
  ),
  Gather: operator([value, whole('indices')], { axis: int(0) }, ([x, indices], { axis: at }, { builder }) => {
    const axis = axisOf(at, x.shape.length);
    const positions = Array.from(indices.data, (p) => (p < 0 ? p + x.shape[axis] : p));
    return { ...select(builder, x, axis, positions), shape: x.shape.toSpliced(axis, 1, ...indices.shape) };
  }),
  Concat: operator(value, { axis: int(0) }, (parts, { axis: at }, { builder }) => {
    const [first] = parts;
    const axis = axisOf(at, first.shape.length);
    const beside = ({ shape }: Value): string => shape.map((n, i) => (i === axis ? 0 : n)).join();
    const misfit = parts.find((p) => beside(p) !== beside(first));
    if (misfit)
      throw new UserError(
        `${shapeText(first.shape)} and ${shapeText(misfit.shape)} do not fit side by side.`,
      );
    return joined(builder, parts, axis);
  }),
  /** Negative pads take away. */
  Pad: operator(
    [layer, optional(wholes('pads')), optional(number('constant_value')), optional(wholes('axes'))],
    {
      mode: word('constant', 'reflect', 'edge', 'wrap'),
      pads: until(10, ints),
      value: until(10, float(undefined)),
    },
    ([given, listed, number, along], { mode, pads = listed, value: filler = number ?? 0 }, site) => {
      const { builder, opset } = site;
      if (!pads) throw new UserError('its pads are missing.');
      const rank = given.shape.length;
      const axes = (opset >= 18 ? along : undefined)?.map((a) => axisOf(a, rank)) ?? run(0, rank);
      if (pads.length !== 2 * axes.length)
        throw new UserError(
          `its pads [${pads.join(',')}] do not give two numbers for each of ${axes.length} axes.`,
        );
      const shifted = mode === 'constant' && filler !== 0;
      const end = axes.reduce<LayerValue>(
        (x, axis, i) => {
          const [before, after] = [pads[i], pads[i + axes.length]];
          const [cut, grown] = [Math.max(0, -before), Math.max(0, before)];
          const left = x.shape[axis] - cut - Math.max(0, -after);
          if (left < 1)
            throw new UserError(
              `its pads [${pads.join(',')}] take away all of axis ${axis} of ${shapeText(x.shape)}.`,
            );
          const kept = select(builder, x, axis, run(cut, left)) as LayerValue;
          if (mode === 'constant') return padded(builder, kept, axis, grown, Math.max(0, after));
          return select(
            builder,
            kept,
            axis,
            borderPositions(mode, left, grown, Math.max(0, after)),
          ) as LayerValue;
        },
        shifted ? scalarAffine(builder, given, 1, -filler) : given,
      );
      return shifted ? scalarAffine(builder, end, 1, filler) : end;
    },
  ),
};
