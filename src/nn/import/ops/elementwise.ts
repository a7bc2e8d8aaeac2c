/** @file x·weight + bias with constants of any broadcastable shape, and broadcasting of layer results. */
import { expand, reshape, sizeOf, type Shape } from '../../../tensor/index.ts';
import { sameShape } from '../../../tensor/shape.ts';
import type { NetworkBuilder } from '../networkBuilder.ts';
import { moved, requireModestSize } from '../constants.ts';
import { commonShape } from '../shapes.ts';
import { constantOf, defaultLayout, type ConstantValue, type LayerValue } from '../value.ts';

/** The value repeated to a larger shape. */
export function broadcastTo(builder: NetworkBuilder, x: LayerValue, shape: Shape): LayerValue {
  if (sizeOf(x.shape) === sizeOf(shape)) return { ...x, shape };
  const count = sizeOf(x.shape);
  requireModestSize(sizeOf(shape), count);
  const lead = shape.length - x.shape.length;
  const aligned = [...shape.slice(0, lead).map(() => 1), ...x.shape];
  const positions = constantOf(
    Array.from({ length: count }, (_, i) => i),
    aligned,
  );
  const indices = [...moved((t) => expand(t, shape), positions).data];
  const flat = builder.withLayout(x, [count]);
  return builder.add({ kind: 'gather', axis: 0, indices }, [flat], shape);
}

/** Factor and addend of an elementwise affine map. */
export interface AffineConstants {
  readonly weight?: ConstantValue;
  readonly bias?: ConstantValue;
}

/**
 * The shape a constant of ONNX shape `given` has against `layout`, where layout holds ONNX shape `shape`;
 * undefined where the axes do not correspond.
 */
function shapeAgainst(layout: Shape, given: Shape, shape: Shape): Shape | undefined {
  if (sizeOf(given) === 1) return layout.map(() => 1);
  if (sizeOf(given) === sizeOf(shape)) return layout;
  const plain = defaultLayout(shape);
  if (!sameShape(plain, layout)) return undefined;
  const aligned = [...shape.slice(0, shape.length - given.length).map(() => 1), ...given];
  return aligned.slice(shape.length - plain.length);
}

/** The numbers of a constant, of shape `from` here, repeated to a larger shape. */
const repeated = (c: ConstantValue, from: Shape, to: Shape): ConstantValue['data'] =>
  sameShape(from, to) ? c.data : moved((t) => expand(reshape(t, from), to), c).data;

/** x·weight + bias, broadcasting either way. */
export function affine(builder: NetworkBuilder, x: LayerValue, constants: AffineConstants): LayerValue {
  const { weight, bias } = constants;
  const given = [weight, bias].filter((c) => c !== undefined);
  if (given.length === 0) return x;
  const shape = given.reduce((s, c) => commonShape(s, c.shape), x.shape);
  let from = broadcastTo(builder, x, shape);
  let against = given.map((c) => shapeAgainst(from.layout, c.shape, shape));
  if (against.some((s) => s === undefined)) {
    from = builder.withLayout(from, defaultLayout(shape));
    against = given.map((c) => shapeAgainst(from.layout, c.shape, shape));
  }
  const parameterShape = against.reduce((a, b) => commonShape(a!, b!), against[0])!;
  const numbersOf = (c: ConstantValue): ConstantValue['data'] =>
    repeated(c, against[given.indexOf(c)]!, parameterShape);
  return builder.add(
    { kind: 'affine', shape: parameterShape, weight: weight !== undefined, bias: bias !== undefined },
    [from],
    shape,
    {
      ...(weight && { weight: numbersOf(weight) }),
      ...(bias && { bias: numbersOf(bias) }),
    },
  );
}

/** weight·x + bias with plain numbers. */
export function scalarAffine(
  builder: NetworkBuilder,
  x: LayerValue,
  weight: number,
  bias: number,
): LayerValue {
  return affine(builder, x, {
    ...(weight !== 1 && { weight: constantOf([weight], []) }),
    ...(bias !== 0 && { bias: constantOf([bias], []) }),
  });
}

/** a + b of two branches. */
export function addBranches(builder: NetworkBuilder, a: LayerValue, b: LayerValue): LayerValue {
  const shape = commonShape(a.shape, b.shape);
  const left = broadcastTo(builder, a, shape);
  const right = broadcastTo(builder, b, shape);
  const layout = sameShape(left.layout, right.layout) ? left.layout : defaultLayout(shape);
  return builder.add(
    { kind: 'add' },
    [builder.withLayout(left, layout), builder.withLayout(right, layout)],
    shape,
  );
}

/** a − b of two branches. */
export const subtractBranches = (builder: NetworkBuilder, a: LayerValue, b: LayerValue): LayerValue =>
  addBranches(builder, a, scalarAffine(builder, b, -1, 0));

export const relu = (builder: NetworkBuilder, x: LayerValue): LayerValue =>
  builder.add({ kind: 'relu' }, [x], x.shape);
