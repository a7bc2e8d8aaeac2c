/** @file Arithmetic on values: of constants it is computed, in the type in which the model computes; else layers are added. */
import { UserError } from '../../../formats/userError.ts';
import {
  abs,
  add,
  div,
  maximum,
  minimum,
  mul,
  neg,
  relu,
  sigmoid,
  sub,
  tanh,
} from '../../../tensor/index.ts';
import { asReal, computed, elementwise, moved, wholeTypes } from '../constants.ts';
import type { NetworkBuilder } from '../networkBuilder.ts';
import { constantOf, type ConstantValue, type LayerValue, type Value } from '../value.ts';
import { addBranches, affine, scalarAffine, subtractBranches } from './elementwise.ts';
import { maximumWith, minimumWith } from './extremes.ts';

/** An operation of two values; a plain number is of the other's type. */
export type Binary = (a: Value | number, b: Value | number) => Value;
export type Unary = (x: Value) => Value;

/** All elementwise, with broadcasting. @throws UserError for what is not piecewise linear */
export interface Algebra {
  readonly add: Binary;
  readonly sub: Binary;
  readonly mul: Binary;
  readonly div: Binary;
  readonly max: Binary;
  readonly min: Binary;
  readonly neg: Unary;
  readonly abs: Unary;
  readonly relu: Unary;
  readonly sigmoid: Unary;
  readonly tanh: Unary;
  /** x·weight + bias with plain numbers, in one step. @throws UserError for a constant: how it would be rounded is not known */
  scaled(x: Value, weight: number, bias: number): Value;
  /** min(max(x, low), high), in this order: where low > high it is high. */
  clip(x: Value, low: number | undefined, high: number | undefined): Value;
}

function reciprocal(c: ConstantValue): ConstantValue {
  if (c.data.includes(0)) throw new UserError('it divides by 0.');
  return computed((t) => div(1, t), asReal(c));
}

/** Division of whole numbers drops the fraction. */
function quotient(a: ConstantValue, b: ConstantValue): ConstantValue {
  if (wholeTypes[b.dtype] && b.data.includes(0)) throw new UserError('it divides by 0.');
  return elementwise(div, (p, q) => p / q)(a, b);
}

const notLinear = (what: string) => (): never => {
  throw new UserError(
    `${what} of two values that both depend on the input is not linear and is not supported.`,
  );
};

/** @param left default: as the right, for operations whose order does not matter */
function binary(
  constants: (a: ConstantValue, b: ConstantValue) => ConstantValue,
  right: (x: LayerValue, c: ConstantValue) => Value,
  branches: (a: LayerValue, b: LayerValue) => Value,
  left = right,
): Binary {
  return (p, q) => {
    const beside = typeof p === 'number' ? q : p;
    const dtype = typeof beside !== 'number' && beside.kind === 'constant' ? beside.dtype : 'float64';
    const [a, b] = [p, q].map((v) => (typeof v === 'number' ? constantOf([v], [], dtype) : v));
    if (a.kind === 'constant') return b.kind === 'constant' ? constants(a, b) : left(b, a);
    return b.kind === 'constant' ? right(a, b) : branches(a, b);
  };
}

export function algebra(builder: NetworkBuilder): Algebra {
  const unary =
    (constants: (x: ConstantValue) => ConstantValue, layers: (x: LayerValue) => Value): Unary =>
    (x) =>
      x.kind === 'constant' ? constants(x) : layers(x);
  const plain = (kind: 'relu' | 'sigmoid' | 'tanh', f: typeof relu): Unary =>
    unary(
      (x) => computed(f, x),
      (x) => builder.add({ kind }, [x], x.shape),
    );
  const v: Algebra = {
    add: binary(
      elementwise(add, (a, b) => a + b),
      (x, c) => affine(builder, x, { bias: c }),
      (a, b) => addBranches(builder, a, b),
    ),
    sub: binary(
      elementwise(sub, (a, b) => a - b),
      (x, c) => affine(builder, x, { bias: moved(neg, c) }),
      (a, b) => subtractBranches(builder, a, b),
      (x, c) => affine(builder, scalarAffine(builder, x, -1, 0), { bias: c }),
    ),
    mul: binary(
      elementwise(mul, (a, b) => a * b),
      (x, c) => affine(builder, x, { weight: c }),
      notLinear('the product'),
    ),
    div: binary(
      quotient,
      (x, c) => affine(builder, x, { weight: reciprocal(c) }),
      notLinear('the quotient'),
      notLinear('the quotient of a constant and a value, or'),
    ),
    max: binary(
      elementwise(maximum, (a, b) => (a > b ? a : b)),
      (x, c) => maximumWith(builder, x, c),
      (a, b) => v.add(b, v.relu(v.sub(a, b))),
    ),
    min: binary(
      elementwise(minimum, (a, b) => (a < b ? a : b)),
      (x, c) => minimumWith(builder, x, c),
      (a, b) => v.neg(v.max(v.neg(a), v.neg(b))),
    ),
    neg: unary(
      elementwise(neg, (a) => -a),
      (x) => scalarAffine(builder, x, -1, 0),
    ),
    abs: unary(
      elementwise(abs, (a) => (a < 0n ? -a : a)),
      (x) => v.add(v.mul(v.relu(x), 2), v.neg(x)),
    ),
    relu: plain('relu', relu),
    sigmoid: plain('sigmoid', sigmoid),
    tanh: plain('tanh', tanh),
    scaled(x, weight, bias) {
      if (x.kind === 'constant')
        throw new UserError('its input is a constant; this operation is not folded.');
      return scalarAffine(builder, x, weight, bias);
    },
    clip(x, low, high) {
      // One after the other they would lose the smaller bound beside the larger.
      if (
        x.kind === 'layer' &&
        low !== undefined &&
        high !== undefined &&
        low >= high &&
        Number.isFinite(high)
      )
        return v.scaled(x, 0, high);
      const floored = low === undefined ? x : v.max(x, low);
      return high === undefined ? floored : v.min(floored, high);
    },
  };
  return v;
}
