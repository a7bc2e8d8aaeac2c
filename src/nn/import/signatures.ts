/** @file What each importable operation may be given: its inputs, and its attributes with the operator sets that have them. */
// An attribute that is not listed is refused by name; every one that is listed is asked about in the exam.
import type { OnnxAttribute, OnnxNode } from '../../formats/onnx/model.ts';
import { UserError } from '../../formats/userError.ts';

/** One attribute of an operation. */
export interface AttributeRule {
  readonly kind: 'int' | 'float' | 'string' | 'tensor' | 'ints' | 'floats';
  /** The only values it may have, where they are few. */
  readonly values?: readonly (number | string)[];
  /** First and last operator set that has it. */
  readonly since?: number;
  readonly until?: number;
}

/** What an operation may be given. */
export interface Signature {
  /** Least and greatest number of inputs. */
  readonly inputs: readonly [number, number];
  readonly attributes: Readonly<Record<string, AttributeRule>>;
}

const signature = (
  least: number,
  most: number = least,
  attributes: Signature['attributes'] = {},
): Signature => ({ inputs: [least, most], attributes });

const int: AttributeRule = { kind: 'int' };
const flag: AttributeRule = { kind: 'int', values: [0, 1] };
const float: AttributeRule = { kind: 'float' };
const ints: AttributeRule = { kind: 'ints' };
const tensor: AttributeRule = { kind: 'tensor' };
const since = (version: number, rule: AttributeRule): AttributeRule => ({ ...rule, since: version });
const until = (version: number, rule: AttributeRule): AttributeRule => ({ ...rule, until: version });

const plain = {
  one: signature(1),
  two: signature(2),
  many: signature(1, Infinity),
};

const window = {
  auto_pad: { kind: 'string', values: ['NOTSET', 'SAME_UPPER', 'SAME_LOWER', 'VALID'] },
  kernel_shape: ints,
  pads: ints,
  strides: ints,
} as const;
const convolution = { ...window, dilations: ints, group: int };
const reduction = (lastWithAxes: number) => ({
  axes: until(lastWithAxes, ints),
  keepdims: flag,
  noop_with_empty_axes: since(lastWithAxes + 1, flag),
});
const squeezing = { axes: until(12, ints) };

export const signatures: Readonly<Record<string, Signature>> = {
  Add: plain.two,
  Sub: plain.two,
  Mul: plain.two,
  Div: plain.two,
  Sum: plain.many,
  Max: plain.many,
  Min: plain.many,
  Neg: plain.one,
  Relu: plain.one,
  Sigmoid: plain.one,
  Tanh: plain.one,
  Abs: plain.one,
  LeakyRelu: signature(1, 1, { alpha: float }),
  PRelu: plain.two,
  Clip: signature(1, 3, { min: until(10, float), max: until(10, float) }),
  HardSigmoid: signature(1, 1, { alpha: float, beta: float }),
  MatMul: plain.two,
  Gemm: signature(2, 3, { alpha: float, beta: float, transA: flag, transB: flag }),
  Conv: signature(2, 3, convolution),
  ConvTranspose: signature(2, 3, { ...convolution, output_padding: ints, output_shape: ints }),
  BatchNormalization: signature(5, 5, {
    epsilon: float,
    momentum: float,
    spatial: until(8, flag),
    training_mode: since(14, flag),
  }),
  MaxPool: signature(1, 1, {
    ...window,
    ceil_mode: since(10, flag),
    dilations: since(10, ints),
    storage_order: since(8, flag),
  }),
  AveragePool: signature(1, 1, {
    ...window,
    ceil_mode: since(10, flag),
    count_include_pad: flag,
    dilations: since(19, ints),
  }),
  GlobalMaxPool: plain.one,
  GlobalAveragePool: plain.one,
  ReduceSum: signature(1, 2, reduction(12)),
  ReduceMean: signature(1, 2, reduction(17)),
  ReduceProd: signature(1, 2, reduction(17)),
  Identity: plain.one,
  Dropout: signature(1, 3, { ratio: until(11, float), seed: since(12, int) }),
  Cast: signature(1, 1, { to: int, saturate: since(19, flag) }),
  Reshape: signature(2, 2, { allowzero: since(14, flag) }),
  Flatten: signature(1, 1, { axis: int }),
  Squeeze: signature(1, 2, squeezing),
  Unsqueeze: signature(1, 2, squeezing),
  Transpose: signature(1, 1, { perm: ints }),
  Expand: plain.two,
  Shape: signature(1, 1, { start: since(15, int), end: since(15, int) }),
  Size: plain.one,
  Slice: signature(1, 5, { axes: until(9, ints), starts: until(9, ints), ends: until(9, ints) }),
  Split: signature(1, 2, { axis: int, split: until(12, ints), num_outputs: since(18, int) }),
  Gather: signature(2, 2, { axis: int }),
  Concat: signature(1, Infinity, { axis: int }),
  Pad: signature(1, 4, {
    mode: { kind: 'string', values: ['constant', 'reflect', 'edge', 'wrap'] },
    pads: until(10, ints),
    value: until(10, float),
  }),
  Constant: signature(0, 0, {
    value: tensor,
    value_float: since(12, float),
    value_floats: since(12, { kind: 'floats' }),
    value_int: since(12, int),
    value_ints: since(12, ints),
  }),
  ConstantOfShape: signature(1, 1, { value: tensor }),
  Range: signature(3),
  Sqrt: plain.one,
  Exp: plain.one,
  Log: plain.one,
  Reciprocal: plain.one,
  Floor: plain.one,
  Ceil: plain.one,
  Not: plain.one,
  Pow: plain.two,
  Mod: signature(2, 2, { fmod: flag }),
  Equal: plain.two,
  Greater: plain.two,
  Less: plain.two,
  And: plain.two,
  Or: plain.two,
  Where: signature(3),
};

const valueOf = (attribute: OnnxAttribute): unknown => Object.values(attribute)[0];

/**
 * @throws UserError where a node has an attribute, or a value of one, that its operation does not have in this operator
 *   set, or another number of inputs
 */
export function requireSignature({ opType, inputs, attributes = {} }: OnnxNode, opset: number): void {
  const {
    inputs: [least, most],
    attributes: rules,
  } = signatures[opType];
  if (inputs.length < least || inputs.length > most)
    throw new UserError(
      `it has ${inputs.length} inputs; ${least === most ? '' : 'at least '}${least} are expected.`,
    );
  for (const [name, attribute] of Object.entries(attributes)) {
    const rule: AttributeRule | undefined = Object.hasOwn(rules, name) ? rules[name] : undefined;
    if (!rule) throw new UserError(`its attribute ${name} is not supported.`);
    const { kind, values, since: first = 0, until: last = Infinity } = rule;
    if (opset < first || opset > last)
      throw new UserError(`its attribute ${name} does not exist in operator set ${opset}.`);
    if (!(kind in attribute)) throw new UserError(`its attribute ${name} is not of the kind ${kind}.`);
    const value = valueOf(attribute) as number | string;
    if (values && !values.includes(value))
      throw new UserError(
        `its attribute ${name} is ${JSON.stringify(value)}; known are ${values.join(', ')}.`,
      );
  }
}
