/** @file Operators that give the same numbers another shape. Exact: no rounding, no term. */
import type { Place } from '../graph/place.ts';
import { reshaped, sizeOf, type Value } from '../graph/value.ts';

/** A tensor of `shape`, of the same size. */
function shaped(at: Place, value: Value, shape: readonly number[]): Value {
  return sizeOf(shape) === sizeOf(value.shape)
    ? reshaped(value, shape)
    : at.refuse(`[${value.shape}] is not of the shape [${shape}]`);
}

/** Cast to the type that the numbers already have; whole numbers within constants stay what they are. */
export function cast(at: Place): Value {
  const types = { 1: 'float32', 6: 'int32', 7: 'int64' } as const;
  const type = types[at.number('to', 0) as keyof typeof types];
  const value = at.input(0);
  const whole = value.constant?.every((n) => Number.isInteger(n) && Math.abs(n) < 2 ** 24);
  return type !== undefined && (whole || type === value.type)
    ? { ...value, type }
    : at.refuse('this conversion is not known');
}

/** Dropout outside of training (before opset 7 `is_test` says so) is the identity; its mask has no rule. */
export function dropout(at: Place): Value {
  if (at.opset < 7) at.require('is_test', 1, 0);
  else if (at.optional(2) && at.constant(2)[0] !== 0) at.refuse('it is in training');
  return at.input(0);
}

export const identity = (at: Place): Value => at.input(0);

export function reshape(at: Place): Value {
  const value = at.input(0);
  const asked = at.list('shape', 1, 5) ?? at.refuse('it has no shape');
  const zeros = at.number('allowzero', 0) !== 0;
  const shape = asked.map((n, axis) =>
    n === 0 && !zeros ? (value.shape[axis] ?? at.refuse('0 beyond the rank')) : n,
  );
  const open = shape.indexOf(-1);
  if (open >= 0) shape[open] = sizeOf(value.shape) / sizeOf(shape.with(open, 1));
  return shaped(at, value, shape);
}

export function flatten(at: Place): Value {
  const value = at.input(0);
  const axis = at.number('axis', 1);
  const cut = axis < 0 ? axis + value.shape.length : axis;
  return shaped(at, value, [sizeOf(value.shape.slice(0, cut)), sizeOf(value.shape.slice(cut))]);
}

export function squeeze(at: Place): Value {
  const value = at.input(0);
  const axes = at.list('axes', 1, 13)?.map((axis) => at.axis(axis, value.shape.length));
  return shaped(
    at,
    value,
    value.shape.filter((n, axis) => (axes ? !axes.includes(axis) : n !== 1)),
  );
}

export function unsqueeze(at: Place): Value {
  const value = at.input(0);
  const given = at.list('axes', 1, 13) ?? at.refuse('it has no axes');
  const rank = value.shape.length + given.length;
  const axes = given.map((axis) => at.axis(axis, rank));
  const sizes = value.shape.values();
  return shaped(
    at,
    value,
    Array.from({ length: rank }, (_, axis) => (axes.includes(axis) ? 1 : (sizes.next().value ?? 0))),
  );
}
