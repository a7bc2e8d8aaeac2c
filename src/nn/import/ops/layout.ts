/** @file Reshape, Flatten, Squeeze, Unsqueeze, Transpose, Dropout, Cast, Expand, Shape, Size: same elements, other shape. */
import { UserError } from '../../../formats/userError.ts';
import { expand, permute, sizeOf, type Shape } from '../../../tensor/index.ts';
import { shapeText } from '../../../tensor/shape.ts';
import type { NetworkBuilder } from '../networkBuilder.ts';
import {
  axisOf,
  constant,
  flag,
  float,
  int,
  ints,
  operator,
  optional,
  since,
  until,
  value,
  wholes,
} from '../operator.ts';
import { castConstant, targetType } from '../cast.ts';
import { moved } from '../constants.ts';
import { commonShape } from '../shapes.ts';
import { constantOf, integers, type LayerValue, type Value } from '../value.ts';
import { broadcastTo } from './elementwise.ts';

/** The same elements under another ONNX shape: no layer is needed. */
function relabelled(x: Value, shape: Shape): Value {
  if (sizeOf(x.shape) !== sizeOf(shape) || !shape.every(Number.isInteger))
    throw new UserError(`${shapeText(x.shape)} cannot be laid out as ${shapeText(shape)}.`);
  return { ...x, shape };
}

/** Axes in another order; axes of length 1 move for free. */
export function permuted(builder: NetworkBuilder, x: LayerValue, order: readonly number[]): LayerValue {
  const shape = order.map((axis) => x.shape[axis]);
  const long = x.shape.map((_, axis) => axis).filter((axis) => x.shape[axis] !== 1);
  const turned = order.filter((axis) => x.shape[axis] !== 1).map((axis) => long.indexOf(axis));
  if (turned.every((axis, i) => axis === i)) return { ...x, shape };
  const layout = long.map((axis) => x.shape[axis]);
  return builder.add({ kind: 'permute', order: turned }, [builder.withLayout(x, layout)], shape);
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
  return shape.with(unknown, sizeOf(from) / sizeOf(shape.filter((n) => n !== -1)));
}

/** Axes are an attribute in older operator sets, an input in newer ones. */
const squeezing = [[value, optional(wholes('axes'))], { axes: until(12, ints) }] as const;

export const layout = {
  Dropout: operator(
    [value, optional(value), optional(constant('training_mode'))],
    { ratio: until(11, float(0.5)), seed: since(12, int(0)) },
    ([x, , training]) => {
      if (training && training.data[0] !== 0) throw new UserError('it is exported in training mode.');
      return x;
    },
  ),
  Cast: operator([value], { to: int(0), saturate: since(19, flag(1)) }, ([x], { to: code }) => {
    const to = targetType(code);
    if (x.kind === 'constant') return castConstant(x, to);
    // A value of the reals, to which f32 and f64 are rounded with every operation.
    if (to === 'float32' || to === 'float64') return x;
    const made = to.endsWith('float16')
      ? `rounded to ${to}`
      : to === 'bool'
        ? 'made a truth value'
        : 'made a whole number';
    throw new UserError(`a value that depends on the input is ${made}, which is not supported.`);
  }),
  Reshape: operator(
    [value, wholes('shape')],
    { allowzero: since(14, flag(0)) },
    ([x, wanted], { allowzero }) => relabelled(x, reshapedShape(x.shape, wanted, allowzero === 1)),
  ),
  Flatten: operator([value], { axis: int(1) }, ([x], { axis }) =>
    relabelled(x, [sizeOf(x.shape.slice(0, axis)), sizeOf(x.shape.slice(axis))]),
  ),
  Squeeze: operator(...squeezing, ([x, given], { axes = given }) => {
    const dropped = axes?.map((axis) => axisOf(axis, x.shape.length));
    return relabelled(
      x,
      x.shape.filter((n, axis) => !(dropped ? dropped.includes(axis) : n === 1)),
    );
  }),
  Unsqueeze: operator(...squeezing, ([x, given], { axes = given }) => {
    if (!axes) throw new UserError('its axes are missing.');
    const rank = x.shape.length + axes.length;
    const added = axes.map((axis) => axisOf(axis, rank));
    const rest = [...x.shape];
    return relabelled(
      x,
      Array.from({ length: rank }, (_, axis) => (added.includes(axis) ? 1 : rest.shift()!)),
    );
  }),
  Transpose: operator([value], { perm: ints }, ([x], { perm }, { builder }) => {
    const axes = x.shape.map((_, axis) => axis);
    const order = perm ?? axes.toReversed();
    if (order.toSorted((a, b) => a - b).join() !== axes.join())
      throw new UserError(`its order [${order.join(',')}] does not fit ${shapeText(x.shape)}.`);
    return x.kind === 'constant' ? moved((t) => permute(t, order), x) : permuted(builder, x, order);
  }),
  Expand: operator([value, wholes('shape')], {}, ([x, wanted], _, { builder }) => {
    const to = commonShape(x.shape, wanted);
    return x.kind === 'constant' ? moved((t) => expand(t, to), x) : broadcastTo(builder, x, to);
  }),
  Shape: operator(
    [value],
    { start: since(15, int(0)), end: since(15, int(undefined)) },
    ([x], { start, end }) => integers(x.shape.slice(start, end)),
  ),
  Size: operator([value], {}, ([x]) => constantOf([sizeOf(x.shape)], [], 'int64')),
};
