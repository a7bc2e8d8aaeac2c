/** @file Reshape, Flatten, Squeeze, Unsqueeze, Transpose, Identity, Dropout, Cast, Expand: same elements, other shape. */
import { UserError } from '../../../formats/userError.ts';
import { expand, permute, sizeOf, type Shape } from '../../../tensor/index.ts';
import { shapeText } from '../../../tensor/shape.ts';
import type { NetworkBuilder } from '../networkBuilder.ts';
import { axisOf, listOf, type ImportSite } from '../site.ts';
import { castConstant, targetType } from '../cast.ts';
import { moved } from '../constants.ts';
import { commonShape } from '../shapes.ts';
import { constantOf, integers, type LayerValue, type Value } from '../value.ts';
import { broadcastTo } from './elementwise.ts';

/** The same elements under another ONNX shape: no layer is needed. */
function relabelled(value: Value, shape: Shape): Value {
  if (sizeOf(value.shape) !== sizeOf(shape) || !shape.every(Number.isInteger))
    throw new UserError(`${shapeText(value.shape)} cannot be laid out as ${shapeText(shape)}.`);
  return { ...value, shape };
}

/** Axes in another order; axes of length 1 move for free. */
export function permuted(builder: NetworkBuilder, x: LayerValue, order: readonly number[]): LayerValue {
  const shape = order.map((axis) => x.shape[axis]);
  const long = x.shape.map((_, axis) => axis).filter((axis) => x.shape[axis] !== 1);
  const moved = order.filter((axis) => x.shape[axis] !== 1).map((axis) => long.indexOf(axis));
  if (moved.every((axis, i) => axis === i)) return { ...x, shape };
  const from = builder.withLayout(
    x,
    long.map((axis) => x.shape[axis]),
  );
  return builder.add({ kind: 'permute', order: moved }, [from], shape);
}

function reshapedShape(from: Shape, wanted: readonly number[], zeroIsZero: boolean): Shape {
  const shape = wanted.map((n, axis) => {
    if (n !== 0 || zeroIsZero) return n;
    if (axis >= from.length)
      throw new UserError(`its shape [${wanted.join(',')}] copies an axis that ${shapeText(from)} lacks.`);
    return from[axis];
  });
  const unknown = shape.indexOf(-1);
  if (unknown < 0) return shape;
  const rest = sizeOf(from) / sizeOf(shape.filter((n) => n !== -1));
  return shape.map((n, axis) => (axis === unknown ? rest : n));
}

function axesList(site: ImportSite, rank: number): number[] | undefined {
  return listOf(site, 'axes', 1)?.map((axis) => axisOf(axis, rank));
}

export function dropout(site: ImportSite): Value {
  const training = site.constant(2, 'training_mode');
  if (training && training.data[0] !== 0) throw new UserError('it is exported in training mode.');
  return site.value(0);
}

export function cast(site: ImportSite): Value {
  const x = site.value(0);
  const to = targetType(site.int('to', 0));
  if (x.kind === 'constant') return castConstant(x, to);
  // A value of the reals, to which f32 and f64 are rounded with every operation.
  if (to === 'float32' || to === 'float64') return x;
  const made = to.endsWith('float16')
    ? `rounded to ${to}`
    : to === 'bool'
      ? 'made a truth value'
      : 'made a whole number';
  throw new UserError(`a value that depends on the input is ${made}, which is not supported.`);
}

export function reshape(site: ImportSite): Value {
  const x = site.value(0);
  const wanted = site.wholes(1, 'shape')!;
  return relabelled(x, reshapedShape(x.shape, wanted, site.int('allowzero', 0) === 1));
}

export function flatten(site: ImportSite): Value {
  const x = site.value(0);
  const given = site.int('axis', 1);
  const axis = given < 0 ? given + x.shape.length : given;
  return relabelled(x, [sizeOf(x.shape.slice(0, axis)), sizeOf(x.shape.slice(axis))]);
}

export function squeeze(site: ImportSite): Value {
  const x = site.value(0);
  const axes = axesList(site, x.shape.length);
  const dropped = (n: number, axis: number): boolean => (axes ? axes.includes(axis) : n === 1);
  return relabelled(
    x,
    x.shape.filter((n, axis) => !dropped(n, axis)),
  );
}

export function unsqueeze(site: ImportSite): Value {
  const x = site.value(0);
  const given = listOf(site, 'axes', 1);
  if (!given) throw new UserError('its axes are missing.');
  const rank = x.shape.length + given.length;
  const axes = given.map((axis) => axisOf(axis, rank));
  const rest = [...x.shape];
  return relabelled(
    x,
    Array.from({ length: rank }, (_, axis) => (axes.includes(axis) ? 1 : rest.shift()!)),
  );
}

export function transpose(site: ImportSite): Value {
  const x = site.value(0);
  const order = site.ints('perm') ?? x.shape.map((_, axis) => x.shape.length - 1 - axis);
  if ([...order].sort((a, b) => a - b).join() !== x.shape.map((_, axis) => axis).join())
    throw new UserError(`its order [${order.join(',')}] does not fit ${shapeText(x.shape)}.`);
  return x.kind === 'constant' ? moved((t) => permute(t, order), x) : permuted(site.builder, x, order);
}

export function expanded(site: ImportSite): Value {
  const x = site.value(0);
  const to = commonShape(x.shape, site.wholes(1, 'shape')!);
  return x.kind === 'constant' ? moved((t) => expand(t, to), x) : broadcastTo(site.builder, x, to);
}

export function shape(site: ImportSite): Value {
  const { shape: whole } = site.value(0);
  return integers(whole.slice(site.int('start', 0), site.int('end', whole.length)));
}

export const size = (site: ImportSite): Value => constantOf([sizeOf(site.value(0).shape)], [], 'int64');
