/** @file Computing with constants in the type in which the model computes: rounded to it, wrapped to its bits, or refused. */
import { abs, constant, expand, interpret, sizeOf, type Shape, type Tensor } from '../../tensor/index.ts';
import { UserError } from '../../formats/userError.ts';
import type { OnnxDtype } from '../../formats/onnx/model.ts';
import { commonShape } from './shapes.ts';
import type { ConstantValue } from './value.ts';

/** Bits of the whole types; unsigned ones begin at 0. */
export const wholeTypes: Partial<Record<OnnxDtype, { readonly bits: number; readonly signed: boolean }>> = {
  int8: { bits: 8, signed: true },
  int16: { bits: 16, signed: true },
  int32: { bits: 32, signed: true },
  int64: { bits: 64, signed: true },
  uint8: { bits: 8, signed: false },
  uint16: { bits: 16, signed: false },
  uint32: { bits: 32, signed: false },
  uint64: { bits: 64, signed: false },
};

/** Elements that one operation may make beyond what its inputs hold; shapes and masks are far smaller. */
const largestGrowth = 2 ** 24;

/** @throws UserError where an operation would make many more numbers than it was given */
export function requireModestSize(count: number, given = 0): void {
  if (!(count <= Math.max(largestGrowth, 2 * given)))
    throw new UserError(
      `it would make ${count} numbers; more than ${largestGrowth} are only made of as many.`,
    );
}

/** A list of f32 numbers, each rounded, or of another type, each held as it is. */
const held = (dtype: OnnxDtype, data: Float64Array): Float32Array | Float64Array =>
  dtype === 'float32' ? Float32Array.from(data) : data;

function evaluated(f: (...inputs: Tensor[]) => Tensor, inputs: readonly ConstantValue[]) {
  const output = f(...inputs.map((c) => constant(c.data, c.shape)));
  requireModestSize(
    sizeOf(output.shape),
    inputs.reduce((n, c) => n + c.data.length, 0),
  );
  const [data] = interpret({ inputs: [], outputs: [output], outputNames: ['folded'] }, []);
  return { shape: output.shape, data };
}

/** The type that all inputs have. @throws UserError where they differ */
export function commonType(inputs: readonly ConstantValue[]): OnnxDtype {
  const types = [...new Set(inputs.map((c) => c.dtype))];
  if (types.length > 1) throw new UserError(`its constants are of different types: ${types.join(', ')}.`);
  return types[0];
}

/** Puts numbers elsewhere and computes nothing: right for every type. */
export function moved(f: (...inputs: Tensor[]) => Tensor, ...inputs: ConstantValue[]): ConstantValue {
  const dtype = commonType(inputs);
  const { shape, data } = evaluated(f, inputs);
  return { kind: 'constant', shape, data: held(dtype, data), dtype };
}

/** The same numbers as f64, for layers, whose meaning is that of the reals. */
export const asReal = (c: ConstantValue): ConstantValue => ({ ...c, dtype: 'float64' });

function requireFloating(inputs: readonly ConstantValue[]): 'float32' | 'float64' {
  const dtype = commonType(inputs);
  if (dtype !== 'float32' && dtype !== 'float64')
    throw new UserError(`it computes with constants of the type ${dtype}, which is not supported.`);
  for (const { data } of inputs)
    if (data.some(Number.isNaN)) throw new UserError('one of its constants is not a number (NaN).');
  return dtype;
}

/**
 * One operation on f32 or f64 constants, rounded once: exactly what f32 hardware gives for + − × ÷ √ and comparisons,
 * as 53 bits are more than twice 24.
 */
export function computed(f: (...inputs: Tensor[]) => Tensor, ...inputs: ConstantValue[]): ConstantValue {
  const dtype = requireFloating(inputs);
  const { shape, data } = evaluated(f, inputs);
  return { kind: 'constant', shape, data: held(dtype, data), dtype };
}

const largest = (data: ArrayLike<number>): number => {
  let most = 0;
  for (let i = 0; i < data.length; i++) most = Math.max(most, Math.abs(data[i]));
  return most;
};

/**
 * Sums of f32 or f64 constants: their order is ONNX Runtime's secret, so sums that depend on it are refused.
 * @param terms how many numbers make a sum
 */
export function summed(
  f: (...inputs: Tensor[]) => Tensor,
  terms: number,
  ...inputs: ConstantValue[]
): ConstantValue {
  const sums = computed(f, ...inputs);
  const sizes = computed((...t) => f(...t.map(abs)), ...inputs);
  const unit = sums.dtype === 'float32' ? 2 ** -24 : 2 ** -53;
  if (largest(sizes.data) * terms * unit > 1e-3 * largest(sums.data))
    throw new UserError(
      `it adds constants that nearly cancel; in ${sums.dtype} the result depends on the order, so the model means no fixed number.`,
    );
  return sums;
}

const exactLimit = 2 ** 53;

/** A number wrapped to a type's bits; beyond ±2^53 rounded. */
function wrapped(dtype: OnnxDtype, value: bigint): number {
  const { bits, signed } = wholeTypes[dtype]!;
  return Number(signed ? BigInt.asIntN(bits, value) : BigInt.asUintN(bits, value));
}

/** The numbers exactly. @throws UserError where they were rounded when read */
export function exactly(c: ConstantValue): bigint[] {
  return Array.from(c.data, (v) => {
    if (!(Math.abs(v) <= exactLimit))
      throw new UserError(`it computes with the whole number ${v}; beyond 2^53 that is not supported.`);
    return BigInt(v);
  });
}

/** Whole numbers, or numbers wrapped from whole ones, as a type has them. */
export const wholeNumbers = (dtype: OnnxDtype, shape: Shape, values: readonly bigint[]): ConstantValue => ({
  kind: 'constant',
  shape,
  dtype,
  data: Float64Array.from(values, (v) => wrapped(dtype, v)),
});

/** All inputs repeated to their common shape. */
export function spread(inputs: readonly ConstantValue[]): { shape: Shape; inputs: ConstantValue[] } {
  const shape = inputs.reduce<Shape>((s, c) => commonShape(s, c.shape), []);
  return { shape, inputs: inputs.map((c) => moved((t) => expand(t, shape), c)) };
}

/** An operation on whole numbers, element by element, wrapped to their bits. */
export function computedWhole(f: (...values: bigint[]) => bigint, ...inputs: ConstantValue[]): ConstantValue {
  const dtype = commonType(inputs);
  const { shape, inputs: equal } = spread(inputs);
  const values = equal.map(exactly);
  return wholeNumbers(
    dtype,
    shape,
    values[0].map((_, i) => f(...values.map((list) => list[i]))),
  );
}

/** An elementwise operation by what its inputs are. */
export const elementwise =
  (real: (...inputs: Tensor[]) => Tensor, whole?: (...values: bigint[]) => bigint) =>
  (...inputs: ConstantValue[]): ConstantValue =>
    whole && wholeTypes[commonType(inputs)] ? computedWhole(whole, ...inputs) : computed(real, ...inputs);
