/** @file Operations met only on constants: what exporters write to compute shapes and weights. */
import { UserError } from '../../../formats/userError.ts';
import { exp, log, mul, sizeOf, sqrt, type Tensor } from '../../../tensor/index.ts';
import type { OnnxDtype } from '../../../formats/onnx/model.ts';
import {
  commonType,
  computed,
  exactly,
  requireModestSize,
  spread,
  wholeNumbers,
  wholeTypes,
} from '../constants.ts';
import type { ImportSite, OnnxImporter } from '../site.ts';
import { constantOf, constantOfTensor, type ConstantValue } from '../value.ts';
import { reducedAxes, wholeResult } from './reduce.ts';

const unary =
  (f: (x: Tensor) => Tensor): OnnxImporter =>
  (site) =>
    computed(f, site.requiredConstant(0, 'input'));

export const squareRoot = unary(sqrt);
export const exponential = unary(exp);
export const logarithm = unary(log);

/** A number for each number of an f32 or f64 constant, rounded to its type. */
export const mapped =
  (f: (x: number) => number): OnnxImporter =>
  (site) => {
    const x = computed((t) => t, site.requiredConstant(0, 'input'));
    return constantOf(Float64Array.from(x.data, f), x.shape, x.dtype);
  };

/** Elementwise on numbers, with broadcasting. */
function zipped(
  dtype: OnnxDtype,
  f: (...values: number[]) => number,
  ...inputs: ConstantValue[]
): ConstantValue {
  const { shape, inputs: equal } = spread(inputs);
  const data = Float64Array.from({ length: sizeOf(shape) }, (_, i) => f(...equal.map((c) => c.data[i])));
  return constantOf(data, shape, dtype);
}

function pair(site: ImportSite): [ConstantValue, ConstantValue] {
  return [site.requiredConstant(0, 'input 0'), site.requiredConstant(1, 'input 1')];
}

/** Truth values from two constants of one type. */
export const compared =
  (f: (a: number, b: number) => boolean): OnnxImporter =>
  (site) => {
    const inputs = pair(site);
    if (wholeTypes[commonType(inputs)]) inputs.forEach(exactly);
    return zipped('bool', (a, b) => (f(a, b) ? 1 : 0), ...inputs);
  };

/** Truth values from truth values. */
export const combined =
  (f: (...values: boolean[]) => boolean, count: number): OnnxImporter =>
  (site) => {
    const inputs = Array.from({ length: count }, (_, i) => site.requiredConstant(i, `input ${i}`));
    const other = inputs.find((c) => c.dtype !== 'bool');
    if (other) throw new UserError(`it takes truth values, not ${other.dtype}.`);
    return zipped('bool', (...values) => (f(...values.map((v) => v !== 0)) ? 1 : 0), ...inputs);
  };

export function constantNode(site: ImportSite): ConstantValue {
  const given = Object.keys(site.node.attributes ?? {});
  if (given.length > 1) throw new UserError(`it holds several values: ${given.join(', ')}.`);
  const tensor = site.tensor('value');
  if (tensor) return constantOfTensor(tensor);
  const floats = site.floats('value_floats');
  if (floats) return constantOf(floats, [floats.length], 'float32');
  const ints = site.ints('value_ints');
  if (ints) return constantOf(ints, [ints.length], 'int64');
  if (given[0] === 'value_float') return constantOf([site.float('value_float', 0)], [], 'float32');
  if (given[0] === 'value_int') return constantOf([site.int('value_int', 0)], [], 'int64');
  throw new UserError('it holds no numbers.');
}

export function constantOfShape(site: ImportSite): ConstantValue {
  const shape = site.wholes(0, 'shape')!;
  if (shape.some((n) => !(n >= 0)))
    throw new UserError(`its shape [${shape.join(',')}] is not a list of sizes.`);
  const tensor = site.tensor('value');
  const filler = tensor ? constantOfTensor(tensor) : constantOf([0], [1], 'float32');
  if (filler.data.length !== 1)
    throw new UserError(`its value holds ${filler.data.length} numbers, not one.`);
  requireModestSize(sizeOf(shape));
  return constantOf(new Float64Array(sizeOf(shape)).fill(filler.data[0]), shape, filler.dtype);
}

export function range(site: ImportSite): ConstantValue {
  const bounds = ['start', 'limit', 'delta'].map((role, i) => site.requiredConstant(i, role));
  const dtype = commonType(bounds);
  const misfit = bounds.find((c) => c.data.length !== 1);
  if (misfit) throw new UserError(`one of its bounds holds ${misfit.data.length} numbers, not one.`);
  if (wholeTypes[dtype]) bounds.forEach(exactly);
  else computed((...t) => t[0], ...bounds);
  const [from, limit, by] = bounds.map((c) => c.data[0]);
  const count = Math.max(0, Math.ceil((limit - from) / by));
  requireModestSize(count);
  const exact = constantOf(
    Array.from({ length: count }, (_, i) => from + i * by),
    [count],
    dtype,
  );
  if (wholeTypes[dtype]) return exact;
  // Added up step by step the numbers may differ: then the model means no fixed ones.
  let step = from;
  for (const v of exact.data) {
    if (v !== step) throw new UserError(`its steps of ${by} are not exact in ${dtype}.`);
    step = dtype === 'float32' ? Math.fround(step + by) : step + by;
  }
  return exact;
}

/** b ≠ 0; the sign of the divisor, or with `fmod` that of the dividend. */
export function modulo(site: ImportSite): ConstantValue {
  const [a, b] = pair(site);
  const dtype = commonType([a, b]);
  const fmod = site.int('fmod', 0) === 1;
  if (b.data.includes(0)) throw new UserError('it divides by 0.');
  if (wholeTypes[dtype]) [a, b].forEach(exactly);
  else if (!fmod) throw new UserError(`fmod = 0 is not defined for ${dtype}.`);
  else computed((x) => x, a);
  return zipped(dtype, fmod ? (x, y) => x % y : (x, y) => ((x % y) + y) % y, a, b);
}

export function power(site: ImportSite): ConstantValue {
  const [base, exponent] = pair(site);
  if (!wholeTypes[base.dtype]) {
    const bases = computed((x) => x, base);
    return zipped(bases.dtype, (a, b) => a ** b, bases, { ...exponent, dtype: bases.dtype });
  }
  if (!exponent.data.every((v) => Number.isInteger(v) && v >= 0))
    throw new UserError('it raises whole numbers to a power that is none.');
  const result = zipped(base.dtype, (a, b) => a ** b, base, { ...exponent, dtype: base.dtype });
  exactly(result);
  const same = wholeNumbers(base.dtype, result.shape, exactly(result));
  if (same.data.some((v, i) => v !== result.data[i]))
    throw new UserError(`its result is beyond what ${base.dtype} holds.`);
  return result;
}

export function where(site: ImportSite): ConstantValue {
  const [condition, a, b] = [0, 1, 2].map((i) => site.requiredConstant(i, `input ${i}`));
  if (condition.dtype !== 'bool')
    throw new UserError(`its condition holds ${condition.dtype}, not truth values.`);
  const dtype = commonType([a, b]);
  const { shape, inputs } = spread([{ ...condition, dtype }, a, b]);
  const [chosen, yes, no] = inputs.map((c) => c.data);
  return constantOf(
    chosen.map((c, i) => (c === 0 ? no[i] : yes[i])),
    shape,
    dtype,
  );
}

export function product(site: ImportSite): ConstantValue {
  const x = site.requiredConstant(0, 'input');
  const axes = reducedAxes(site, x.shape);
  if (axes === undefined) return x;
  if (axes.axes.length < x.shape.length && x.shape.length > 1)
    throw new UserError('products over some axes only are not folded.');
  if (wholeTypes[x.dtype])
    return wholeResult(
      x.dtype,
      axes.shape,
      exactly(x).reduce((a, b) => a * b, 1n),
    );
  const ones = constantOf([1], [], x.dtype);
  const total = Array.from(x.data, (v) => constantOf([v], [], x.dtype)).reduce(
    (a, b) => computed(mul, a, b),
    ones,
  );
  return { ...total, shape: axes.shape };
}
