/** @file Slice, Split, Gather, Concat, Pad: parts of values, and values side by side. */
import { UserError } from '../../../formats/userError.ts';
import { cat, constant, indexSelect, sizeOf, type Shape } from '../../../tensor/index.ts';
import { shapeText } from '../../../tensor/shape.ts';
import type { NetworkBuilder } from '../networkBuilder.ts';
import { axisOf, listOf, type ImportSite } from '../site.ts';
import { constantOf, defaultLayout, type ConstantValue, type LayerValue, type Value } from '../value.ts';
import { asReal, moved, requireModestSize } from '../constants.ts';
import { affine, scalarAffine } from './elementwise.ts';

/** A layer value laid out so that ONNX axis `axis` is layout axis `at`. */
export function alongAxis(
  builder: NetworkBuilder,
  x: LayerValue,
  axis: number,
): { readonly view: LayerValue; readonly at: number } {
  const skipsFirst = axis > 0 && x.shape[0] === 1;
  const layout = skipsFirst ? defaultLayout(x.shape) : x.shape;
  return { view: builder.withLayout(x, layout), at: skipsFirst ? axis - 1 : axis };
}

const withLength = (shape: Shape, axis: number, length: number): Shape =>
  shape.map((n, i) => (i === axis ? length : n));

/** The positions along one axis, in the order given. */
function select(builder: NetworkBuilder, x: Value, axis: number, positions: readonly number[]): Value {
  const length = x.shape[axis];
  const outside = positions.find((p) => !(p >= 0 && p < length));
  if (outside !== undefined)
    throw new UserError(`position ${outside} is outside axis ${axis} of ${shapeText(x.shape)}.`);
  if (positions.length === 0) throw new UserError('its result would be empty.');
  if (positions.length === length && positions.every((p, i) => p === i)) return x;
  if (x.kind === 'constant')
    return moved((t) => indexSelect(t, axis, constant(Int32Array.from(positions))), x);
  const { view, at } = alongAxis(builder, x, axis);
  const shape = withLength(x.shape, axis, positions.length);
  const step = positions.length > 1 ? positions[1] - positions[0] : 1;
  const even = step >= 1 && positions.every((p, i) => p === positions[0] + i * step);
  if (!even) return builder.add({ kind: 'gather', axis: at, indices: positions }, [view], shape);
  const { layout } = view;
  return builder.add(
    {
      kind: 'slice',
      starts: layout.map((_, i) => (i === at ? positions[0] : 0)),
      ends: layout.map((n, i) => (i === at ? positions.at(-1)! + 1 : n)),
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
  const from = clamped(start, 0);
  const to = clamped(end, least);
  for (let p = from; step > 0 ? p < to : p > to; p += step) positions.push(p);
  return positions;
}

export function slice(site: ImportSite): Value {
  let x = site.value(0);
  const older = site.opset < 10;
  const list = (name: string, index: number): readonly number[] | undefined =>
    older ? site.ints(name) : listOf(site, name, index);
  const starts = list('starts', 1);
  const ends = list('ends', 2);
  if (!starts || !ends) throw new UserError('its starts or ends are missing.');
  const axes = list('axes', 3) ?? starts.map((_, i) => i);
  const steps = (older ? undefined : listOf(site, 'steps', 4)) ?? starts.map(() => 1);
  if ([ends, axes, steps].some((given) => given.length !== starts.length))
    throw new UserError('its starts, ends, axes and steps are not equally many.');
  starts.forEach((start, i) => {
    const axis = axisOf(axes[i], x.shape.length);
    if (steps[i] === 0) throw new UserError('its step is 0.');
    x = select(site.builder, x, axis, range(start, ends[i], steps[i], x.shape[axis]));
  });
  return x;
}

export function split(site: ImportSite): Value[] {
  const x = site.value(0);
  const axis = axisOf(site.int('axis', 0), x.shape.length);
  const length = x.shape[axis];
  const count = site.node.outputs.length;
  const even = Math.ceil(length / count);
  const given = listOf(site, 'split', 1);
  if (!given && site.opset < 18 && length % count !== 0)
    throw new UserError(`axis ${axis} of ${shapeText(x.shape)} does not split into ${count} equal parts.`);
  if (site.int('num_outputs', count) !== count)
    throw new UserError(`its num_outputs is ${site.int('num_outputs', count)}, but it has ${count} outputs.`);
  const sizes = given ?? Array.from({ length: count }, (_, i) => Math.min(even, length - i * even));
  if (sizes.length !== count || sizes.reduce((a, b) => a + b, 0) !== length)
    throw new UserError(
      `parts of [${sizes.join(',')}] do not make up axis ${axis} of ${shapeText(x.shape)}.`,
    );
  let start = 0;
  return sizes.map((size) => {
    const first = start;
    start += size;
    return select(
      site.builder,
      x,
      axis,
      Array.from({ length: size }, (_, i) => first + i),
    );
  });
}

export function gather(site: ImportSite): Value {
  const x = site.value(0);
  const axis = axisOf(site.int('axis', 0), x.shape.length);
  const { shape: indexShape } = site.requiredConstant(1, 'indices');
  const indices = site.wholes(1, 'indices')!;
  const positions = indices.map((p) => (p < 0 ? p + x.shape[axis] : p));
  const chosen = select(site.builder, x, axis, positions);
  return { ...chosen, shape: [...x.shape.slice(0, axis), ...indexShape, ...x.shape.slice(axis + 1)] };
}

function padded(
  builder: NetworkBuilder,
  x: LayerValue,
  axis: number,
  before: number,
  after: number,
): LayerValue {
  if (before === 0 && after === 0) return x;
  const { view, at } = alongAxis(builder, x, axis);
  return builder.add(
    {
      kind: 'pad',
      before: view.layout.map((_, i) => (i === at ? before : 0)),
      after: view.layout.map((_, i) => (i === at ? after : 0)),
    },
    [view],
    withLength(x.shape, axis, x.shape[axis] + before + after),
  );
}

/** Constant parts stand in as zeros at first; one addition then puts their numbers in. */
export function concat(site: ImportSite): Value {
  const { builder } = site;
  const parts = Array.from({ length: site.inputCount }, (_, i) => site.value(i));
  const axis = axisOf(site.int('axis', 0), parts[0].shape.length);
  const misfit = parts.find(
    (p) => withLength(p.shape, axis, 0).join() !== withLength(parts[0].shape, axis, 0).join(),
  );
  if (misfit)
    throw new UserError(
      `${shapeText(parts[0].shape)} and ${shapeText(misfit.shape)} do not fit side by side.`,
    );
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
  const shape = withLength(
    parts[0].shape,
    axis,
    parts.reduce((n, p) => n + p.shape[axis], 0),
  );
  const views = layers.map((l) => alongAxis(builder, l, axis));
  const joined =
    views.length === 1
      ? layers[0]
      : builder.add(
          { kind: 'cat', axis: views[0].at },
          views.map((v) => v.view),
          shape,
        );
  if (constants.length === 0) return joined;
  const zeros = (p: Value): ConstantValue => constantOf(new Float64Array(sizeOf(p.shape)), p.shape);
  const bias = moved(
    (...t) => cat(t, axis),
    ...parts.map((p) => (p.kind === 'constant' ? asReal(p) : zeros(p))),
  );
  return affine(builder, joined, { bias });
}

/** Positions of mirrored, repeated or wrapped borders. */
function borderPositions(mode: string, length: number, before: number, after: number): number[] {
  requireModestSize(before + length + after, length);
  return Array.from({ length: before + length + after }, (_, i) => {
    const p = i - before;
    if (p >= 0 && p < length) return p;
    if (mode === 'edge') return p < 0 ? 0 : length - 1;
    if (mode === 'reflect') return p < 0 ? -p : 2 * (length - 1) - p;
    return ((p % length) + length) % length;
  });
}

export function pad(site: ImportSite): Value {
  const { builder } = site;
  let x: Value = site.layer(0);
  const pads = listOf(site, 'pads', 1);
  if (!pads) throw new UserError('its pads are missing.');
  const rank = x.shape.length;
  const axes = site.opset >= 18 ? site.wholes(3, 'axes', 'optional') : undefined;
  const list = axes ? [...axes].map((a) => axisOf(a, rank)) : x.shape.map((_, i) => i);
  if (pads.length !== 2 * list.length)
    throw new UserError(
      `its pads [${pads.join(',')}] do not give two numbers for each of ${list.length} axes.`,
    );
  const mode = site.text('mode', 'constant');
  const filler = site.opset < 11 ? site.float('value', 0) : (site.number(2, 'constant_value') ?? 0);
  const shifted = mode === 'constant' && filler !== 0;
  if (shifted) x = scalarAffine(builder, x, 1, -filler);
  list.forEach((axis, i) => {
    const [before, after] = [pads[i], pads[i + list.length]];
    const kept = range(Math.max(0, -before), x.shape[axis] - Math.max(0, -after), 1, x.shape[axis]);
    x = select(builder, x, axis, kept);
    const [grown, grownAfter] = [Math.max(0, before), Math.max(0, after)];
    x =
      mode === 'constant'
        ? padded(builder, x as LayerValue, axis, grown, grownAfter)
        : select(builder, x, axis, borderPositions(mode, x.shape[axis], grown, grownAfter));
  });
  return shifted ? scalarAffine(builder, x, 1, filler) : x;
}
