/** @file The table of ONNX operators that can be imported, one line each: what they may be given, and what they become. */
import { convolution, convTranspose, batchNormalization } from './ops/convolution.ts';
import { clip, leakyRelu, pRelu } from './ops/activation.ts';
import type { Algebra } from './ops/algebra.ts';
import * as folded from './ops/folded.ts';
import * as layout from './ops/layout.ts';
import { averagePool, globalAveragePool, globalMaxPool, maxPool } from './ops/pool.ts';
import { gemm, matMul } from './ops/product.ts';
import { reduceMean, reduceSum } from './ops/reduce.ts';
import { concat, gather, pad, slice, split } from './ops/select.ts';
import { flag, float, int, ints, since, until, type Signature } from './signature.ts';
import type { OnnxImporter } from './site.ts';
import type { Value } from './value.ts';

/** An operator. */
export interface Operator extends Signature {
  readonly import: OnnxImporter;
  /** Met only on constants: what exporters write to compute shapes and weights. */
  readonly ofConstants?: true;
}

/** How many inputs: so many, or at least and at most. */
type Inputs = number | readonly [number, number];

/** An operator with an importer of its own. */
const operator = (
  inputs: Inputs,
  importer: OnnxImporter,
  attributes: Signature['attributes'] = {},
): Operator => ({
  inputs: typeof inputs === 'number' ? [inputs, inputs] : inputs,
  attributes,
  import: importer,
});

const ofConstants = (...given: Parameters<typeof operator>): Operator => ({
  ...operator(...given),
  ofConstants: true,
});

/**
 * An operator that is composed of operations on its inputs.
 * @param floats its attributes, all real numbers, with what they are where the node does not say
 */
const composed = <A extends string = never>(
  inputs: Inputs,
  f: (v: Algebra, inputs: readonly [Value, ...Value[]], attributes: Readonly<Record<A, number>>) => Value,
  floats = {} as Readonly<Record<A, number>>,
): Operator => {
  const names = Object.keys(floats) as A[];
  const importer: OnnxImporter = (site) => {
    const given = Array.from({ length: site.inputCount }, (_, i) => site.value(i));
    const numbers = Object.fromEntries(names.map((name) => [name, site.float(name, floats[name])]));
    return f(site.values, given as [Value, ...Value[]], numbers as Record<A, number>);
  };
  return operator(inputs, importer, Object.fromEntries(names.map((name) => [name, float])));
};

const many = [1, Infinity] as const;
const window = {
  auto_pad: { kind: 'string', values: ['NOTSET', 'SAME_UPPER', 'SAME_LOWER', 'VALID'] },
  kernel_shape: ints,
  pads: ints,
  strides: ints,
} as const;
const kernels = { ...window, dilations: ints, group: int };
const reduction = (lastWithAxes: number) => ({
  axes: until(lastWithAxes, ints),
  keepdims: flag,
  noop_with_empty_axes: since(lastWithAxes + 1, flag),
});
const squeezing = { axes: until(12, ints) };
const tensor = { kind: 'tensor' } as const;
const pads = ['constant', 'reflect', 'edge', 'wrap'];

export const operators: Readonly<Record<string, Operator>> = {
  Add: composed(2, (v, [a, b]) => v.add(a, b)),
  Sub: composed(2, (v, [a, b]) => v.sub(a, b)),
  Mul: composed(2, (v, [a, b]) => v.mul(a, b)),
  Div: composed(2, (v, [a, b]) => v.div(a, b)),
  Sum: composed(many, (v, inputs) => inputs.reduce(v.add)),
  Mean: composed(many, (v, inputs) => v.scaled(inputs.reduce(v.add), 1 / inputs.length, 0)),
  Max: composed(many, (v, inputs) => inputs.reduce(v.max)),
  Min: composed(many, (v, inputs) => inputs.reduce(v.min)),
  Neg: composed(1, (v, [x]) => v.neg(x)),
  Abs: composed(1, (v, [x]) => v.abs(x)),
  Relu: composed(1, (v, [x]) => v.relu(x)),
  Sigmoid: composed(1, (v, [x]) => v.sigmoid(x)),
  Tanh: composed(1, (v, [x]) => v.tanh(x)),
  HardSigmoid: composed(1, (v, [x], { alpha, beta }) => v.clip(v.scaled(x, alpha, beta), 0, 1), {
    alpha: 0.2,
    beta: 0.5,
  }),
  LeakyRelu: operator(1, leakyRelu, { alpha: float }),
  PRelu: operator(2, pRelu),
  Clip: operator([1, 3], clip, { min: until(10, float), max: until(10, float) }),
  MatMul: operator(2, matMul),
  Gemm: operator([2, 3], gemm, { alpha: float, beta: float, transA: flag, transB: flag }),
  Conv: operator([2, 3], convolution, kernels),
  ConvTranspose: operator([2, 3], convTranspose, { ...kernels, output_padding: ints, output_shape: ints }),
  BatchNormalization: operator(5, batchNormalization, {
    epsilon: float,
    momentum: float,
    spatial: until(8, flag),
    training_mode: since(14, flag),
  }),
  MaxPool: operator(1, maxPool, {
    ...window,
    ceil_mode: since(10, flag),
    dilations: since(10, ints),
    storage_order: since(8, flag),
  }),
  AveragePool: operator(1, averagePool, {
    ...window,
    ceil_mode: since(10, flag),
    count_include_pad: flag,
    dilations: since(19, ints),
  }),
  GlobalMaxPool: operator(1, globalMaxPool),
  GlobalAveragePool: operator(1, globalAveragePool),
  ReduceSum: operator([1, 2], reduceSum, reduction(12)),
  ReduceMean: operator([1, 2], reduceMean, reduction(17)),
  Identity: composed(1, (_, [x]) => x),
  Dropout: operator([1, 3], layout.dropout, { ratio: until(11, float), seed: since(12, int) }),
  Cast: operator(1, layout.cast, { to: int, saturate: since(19, flag) }),
  Reshape: operator(2, layout.reshape, { allowzero: since(14, flag) }),
  Flatten: operator(1, layout.flatten, { axis: int }),
  Squeeze: operator([1, 2], layout.squeeze, squeezing),
  Unsqueeze: operator([1, 2], layout.unsqueeze, squeezing),
  Transpose: operator(1, layout.transpose, { perm: ints }),
  Expand: operator(2, layout.expanded),
  Shape: operator(1, layout.shape, { start: since(15, int), end: since(15, int) }),
  Size: operator(1, layout.size),
  Slice: operator([1, 5], slice, { axes: until(9, ints), starts: until(9, ints), ends: until(9, ints) }),
  Split: operator([1, 2], split, { axis: int, split: until(12, ints), num_outputs: since(18, int) }),
  Gather: operator(2, gather, { axis: int }),
  Concat: operator(many, concat, { axis: int }),
  Pad: operator([1, 4], pad, {
    mode: { kind: 'string', values: pads },
    pads: until(10, ints),
    value: until(10, float),
  }),
  Constant: ofConstants(0, folded.constantNode, {
    value: tensor,
    value_float: since(12, float),
    value_floats: since(12, { kind: 'floats' }),
    value_int: since(12, int),
    value_ints: since(12, ints),
  }),
  ConstantOfShape: ofConstants(1, folded.constantOfShape, { value: tensor }),
  Range: ofConstants(3, folded.range),
  Sqrt: ofConstants(1, folded.squareRoot),
  Exp: ofConstants(1, folded.exponential),
  Log: ofConstants(1, folded.logarithm),
  Reciprocal: ofConstants(
    1,
    folded.mapped((x) => 1 / x),
  ),
  Floor: ofConstants(1, folded.mapped(Math.floor)),
  Ceil: ofConstants(1, folded.mapped(Math.ceil)),
  Not: ofConstants(
    1,
    folded.combined((a) => !a, 1),
  ),
  Pow: ofConstants(2, folded.power),
  Mod: ofConstants(2, folded.modulo, { fmod: flag }),
  Equal: ofConstants(
    2,
    folded.compared((a, b) => a === b),
  ),
  Greater: ofConstants(
    2,
    folded.compared((a, b) => a > b),
  ),
  Less: ofConstants(
    2,
    folded.compared((a, b) => a < b),
  ),
  And: ofConstants(
    2,
    folded.combined((a, b) => a && b, 2),
  ),
  Or: ofConstants(
    2,
    folded.combined((a, b) => a || b, 2),
  ),
  Where: ofConstants(3, folded.where),
  ReduceProd: ofConstants([1, 2], folded.product, reduction(17)),
};

/** Names for messages. */
export const supportedOperators: readonly string[] = Object.entries(operators)
  .flatMap(([name, { ofConstants: only }]) => (only ? [] : [name]))
  .sort();
