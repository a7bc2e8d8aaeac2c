/** @file Elementwise primitives: arithmetic, comparisons, logic, selection. */
import { numbersAt, stridedOffsets } from '../../formats/ndArray.ts';
import { broadcastShapes, broadcastStrides } from '../shape.ts';
import type { BinaryName, DType, PrimitiveName, TensorSpec } from '../tensor.ts';
import { misfit, requireType, type PlainValue, type Primitive } from './definition.ts';

/** For every element of a broadcast: where each operand's lies. */
const broadcastOffsets = (inputs: readonly PlainValue[], out: TensorSpec): Uint32Array[] =>
  inputs.map(({ shape }) => stridedOffsets(out.shape, broadcastStrides(shape, out.shape)));

function binary<K extends BinaryName>(
  op: K,
  f: (a: number, b: number) => number,
  kind: 'arithmetic' | 'comparison' | 'logic' = 'arithmetic',
): Primitive<K> {
  return {
    infer(inputs) {
      const [a, b] = inputs as [TensorSpec, TensorSpec];
      if (a.dtype !== b.dtype) throw misfit(op, inputs, 'both arguments must have the same type');
      if (kind === 'logic') requireType(op, inputs, 'bool');
      else if (a.dtype === 'bool') throw misfit(op, inputs, 'arguments must be numbers, not bool');
      const shape = broadcastShapes(a.shape, b.shape);
      if (!shape) throw misfit(op, inputs, 'shapes do not broadcast');
      return { shape, dtype: kind === 'arithmetic' ? a.dtype : 'bool' };
    },
    evaluate(inputs, _, out) {
      const [x, y] = inputs.map(({ data }) => data);
      const [atX, atY] = broadcastOffsets(inputs, out);
      return numbersAt(atX, (at, i) => f(x[at], y[atY[i]]));
    },
  };
}

function unary<K extends PrimitiveName>(op: K, f: (x: number) => number): Primitive<K> {
  return {
    infer(inputs) {
      if (inputs[0].dtype === 'bool') throw misfit(op, inputs, 'the argument must be a number, not bool');
      return inputs[0];
    },
    evaluate: ([x]) => x.data.map(f),
  };
}

const identity = (x: number): number => x;

const toBool = (value: boolean): number => (value ? 1 : 0);

/** f64 value → the value it has in another element type. */
function convert(x: number, to: DType): number {
  if (to === 'bool') return toBool(x !== 0);
  return to === 'int32' ? Math.trunc(x) : x;
}

export const elementwise = {
  add: binary('add', (a, b) => a + b),
  sub: binary('sub', (a, b) => a - b),
  mul: binary('mul', (a, b) => a * b),
  div: binary('div', (a, b) => a / b),
  maximum: binary('maximum', (a, b) => (a >= b ? a : b)),
  minimum: binary('minimum', (a, b) => (a <= b ? a : b)),
  eq: binary('eq', (a, b) => toBool(a === b), 'comparison'),
  gt: binary('gt', (a, b) => toBool(a > b), 'comparison'),
  ge: binary('ge', (a, b) => toBool(a >= b), 'comparison'),
  lt: binary('lt', (a, b) => toBool(a < b), 'comparison'),
  le: binary('le', (a, b) => toBool(a <= b), 'comparison'),
  logicalAnd: binary('logicalAnd', (a, b) => a * b, 'logic'),
  logicalOr: binary('logicalOr', (a, b) => Math.max(a, b), 'logic'),
  neg: unary('neg', (x) => -x),
  abs: unary('abs', Math.abs),
  sign: unary('sign', Math.sign),
  exp: unary('exp', Math.exp),
  log: unary('log', Math.log),
  sqrt: unary('sqrt', Math.sqrt),
  tanh: unary('tanh', Math.tanh),
  sigmoid: unary('sigmoid', (x) => 1 / (1 + Math.exp(-x))),
  relu: unary('relu', (x) => (x > 0 ? x : 0)),
  alias: unary('alias', identity),
  stopGradient: unary('stopGradient', identity),
  customGradient: {
    infer: (inputs) => inputs[0],
    evaluate: ([value]) => value.data,
  } satisfies Primitive<'customGradient'>,
  pow: {
    infer(inputs) {
      requireType('pow', inputs, 'float32');
      return inputs[0];
    },
    evaluate: ([x], { exponent }) => x.data.map((v) => v ** exponent),
  } satisfies Primitive<'pow'>,
  logicalNot: {
    infer(inputs) {
      requireType('logicalNot', inputs, 'bool');
      return inputs[0];
    },
    evaluate: ([x]) => x.data.map((v) => 1 - v),
  } satisfies Primitive<'logicalNot'>,
  cast: {
    infer: (inputs, { to }) => ({ shape: inputs[0].shape, dtype: to }),
    evaluate: ([x], { to }) => x.data.map((v) => convert(v, to)),
  } satisfies Primitive<'cast'>,
  where: {
    infer(inputs) {
      const [c, a, b] = inputs as [TensorSpec, TensorSpec, TensorSpec];
      if (c.dtype !== 'bool') throw misfit('where', inputs, 'the condition must be bool');
      if (a.dtype !== b.dtype) throw misfit('where', inputs, 'both branches must have the same type');
      const branches = broadcastShapes(a.shape, b.shape);
      const shape = branches && broadcastShapes(c.shape, branches);
      if (!shape) throw misfit('where', inputs, 'shapes do not broadcast');
      return { shape, dtype: a.dtype };
    },
    evaluate(inputs, _, out) {
      const [c, a, b] = inputs.map(({ data }) => data);
      const [atC, atA, atB] = broadcastOffsets(inputs, out);
      return numbersAt(atC, (at, i) => (c[at] ? a[atA[i]] : b[atB[i]]));
    },
  } satisfies Primitive<'where'>,
};
