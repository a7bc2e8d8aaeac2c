/** @file Operations met only on constants: what exporters write to compute shapes and weights. */
import { UserError } from '../../../formats/userError.ts';
import { exp, log, sizeOf, sqrt, type Tensor } from '../../../tensor/index.ts';
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
import {
  constant,
  flag,
  float,
  floats,
  int,
  ints,
  operator,
  since,
  tensor,
  wholes,
  type Operator,
} from '../operator.ts';
import { constantOf, constantOfTensor, integers, type ConstantValue } from '../value.ts';
import { reduceProd } from './reduce.ts';

const inputs = { one: [constant('input')], two: [constant('input 0'), constant('input 1')] } as const;

/** One operation of tensors, rounded once. */
const unary = (f: (x: Tensor) => Tensor): Operator => operator(inputs.one, {}, ([x]) => computed(f, x));

/** A number for each number of an f32 or f64 constant, rounded to its type. */
const mapped = (f: (x: number) => number): Operator =>
  operator(inputs.one, {}, ([given]) => {
    const x = computed((t) => t, given);
    return constantOf(Float64Array.from(x.data, f), x.shape, x.dtype);
  });

/** Elementwise on numbers, with broadcasting. */
function zipped(
  dtype: OnnxDtype,
  f: (...values: number[]) => number,
  ...given: ConstantValue[]
): ConstantValue {
  const { shape, inputs: equal } = spread(given);
  const data = Float64Array.from({ length: sizeOf(shape) }, (_, i) => f(...equal.map((c) => c.data[i])));
  return constantOf(data, shape, dtype);
}

/** Truth values from two constants of one type. */
const compared = (f: (a: number, b: number) => boolean): Operator =>
  operator(inputs.two, {}, (pair) => {
    if (wholeTypes[commonType(pair)]) pair.forEach(exactly);
    return zipped('bool', (a, b) => (f(a, b) ? 1 : 0), ...pair);
  });

/** Truth values from truth values. */
const combined = (count: number, f: (...values: boolean[]) => boolean): Operator =>
  operator(
    Array.from({ length: count }, (_, i) => constant(`input ${i}`)),
    {},
    (given) => {
      const other = given.find((c) => c.dtype !== 'bool');
      if (other) throw new UserError(`it takes truth values, not ${other.dtype}.`);
      return zipped('bool', (...values) => (f(...values.map((v) => v !== 0)) ? 1 : 0), ...given);
    },
  );

function arithmeticRange(bounds: readonly ConstantValue[]): ConstantValue {
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

function power([base, exponent]: readonly [ConstantValue, ConstantValue]): ConstantValue {
  if (!wholeTypes[base.dtype]) {
    const bases = computed((x) => x, base);
    return zipped(bases.dtype, (a, b) => a ** b, bases, { ...exponent, dtype: bases.dtype });
  }
  if (!exponent.data.every((v) => Number.isInteger(v) && v >= 0))
    throw new UserError('it raises whole numbers to a power that is none.');
  const result = zipped(base.dtype, (a, b) => a ** b, base, { ...exponent, dtype: base.dtype });
  const same = wholeNumbers(base.dtype, result.shape, exactly(result));
  if (same.data.some((v, i) => v !== result.data[i]))
    throw new UserError(`its result is beyond what ${base.dtype} holds.`);
  return result;
}

const ofConstants: Readonly<Record<string, Operator>> = {
  Constant: operator(
    [],
    {
      value: tensor,
      value_float: since(12, float(undefined)),
      value_floats: since(12, floats),
      value_int: since(12, int(undefined)),
      value_ints: since(12, ints),
    },
    (_, { value, ...numbers }, { node }) => {
      const given = Object.keys(node.attributes ?? {});
      if (given.length > 1) throw new UserError(`it holds several values: ${given.join(', ')}.`);
      if (value) return constantOfTensor(value);
      const { value_floats: reals, value_ints: whole, value_float: real, value_int: one } = numbers;
      if (reals) return constantOf(reals, [reals.length], 'float32');
      if (whole) return integers(whole);
      if (real !== undefined) return constantOf([real], [], 'float32');
      if (one !== undefined) return constantOf([one], [], 'int64');
      throw new UserError('it holds no numbers.');
    },
  ),
  ConstantOfShape: operator([wholes('shape')], { value: tensor }, ([shape], { value }) => {
    if (shape.some((n) => !(n >= 0)))
      throw new UserError(`its shape [${shape.join(',')}] is not a list of sizes.`);
    const filler = value ? constantOfTensor(value) : constantOf([0], [1], 'float32');
    if (filler.data.length !== 1)
      throw new UserError(`its value holds ${filler.data.length} numbers, not one.`);
    requireModestSize(sizeOf(shape));
    return constantOf(new Float64Array(sizeOf(shape)).fill(filler.data[0]), shape, filler.dtype);
  }),
  Range: operator([constant('start'), constant('limit'), constant('delta')], {}, arithmeticRange),
  Sqrt: unary(sqrt),
  Exp: unary(exp),
  Log: unary(log),
  Reciprocal: mapped((x) => 1 / x),
  Floor: mapped(Math.floor),
  Ceil: mapped(Math.ceil),
  Not: combined(1, (a) => !a),
  And: combined(2, (a, b) => a && b),
  Or: combined(2, (a, b) => a || b),
  Equal: compared((a, b) => a === b),
  Greater: compared((a, b) => a > b),
  Less: compared((a, b) => a < b),
  Pow: operator(inputs.two, {}, power),
  /** b ≠ 0; the sign of the divisor, or with `fmod` that of the dividend. */
  Mod: operator(inputs.two, { fmod: flag(0) }, ([a, b], { fmod }) => {
    const dtype = commonType([a, b]);
    if (b.data.includes(0)) throw new UserError('it divides by 0.');
    if (wholeTypes[dtype]) [a, b].forEach(exactly);
    else if (fmod === 0) throw new UserError(`fmod = 0 is not defined for ${dtype}.`);
    else computed((x) => x, a);
    return zipped(dtype, fmod === 1 ? (x, y) => x % y : (x, y) => ((x % y) + y) % y, a, b);
  }),
  Where: operator(
    [constant('input 0'), constant('input 1'), constant('input 2')],
    {},
    ([condition, a, b]) => {
      if (condition.dtype !== 'bool')
        throw new UserError(`its condition holds ${condition.dtype}, not truth values.`);
      const dtype = commonType([a, b]);
      return zipped(dtype, (chosen, yes, no) => (chosen === 0 ? no : yes), { ...condition, dtype }, a, b);
    },
  ),
  ReduceProd: reduceProd,
};

export const folded = Object.fromEntries(
  Object.entries(ofConstants).map(([name, made]) => [name, { ...made, ofConstants: true as const }]),
);
