/** @file The table of ONNX operators that can be imported: what they may be given, and what they become. */
import { float, operator, value, type Operator } from './operator.ts';
import { activations } from './ops/activation.ts';
import type { Algebra } from './ops/algebra.ts';
import { convolutions } from './ops/convolution.ts';
import { folded } from './ops/folded.ts';
import { layout } from './ops/layout.ts';
import { pools } from './ops/pool.ts';
import { products } from './ops/product.ts';
import { reductions } from './ops/reduce.ts';
import { selections } from './ops/select.ts';
import type { Value } from './value.ts';

/**
 * An operator that is composed of operations on its inputs.
 * @param inputs how many
 * @param floats its attributes, all real numbers, with what they are where the node does not say
 */
const composed = <A extends string = never>(
  inputs: number | 'many',
  f: (v: Algebra, inputs: readonly [Value, ...Value[]], attributes: Readonly<Record<A, number>>) => Value,
  floats = {} as Readonly<Record<A, number>>,
): Operator =>
  operator(
    inputs === 'many' ? value : new Array<typeof value>(inputs).fill(value),
    Object.fromEntries(Object.entries<number>(floats).map(([name, number]) => [name, float(number)])),
    (given, attributes, { values }) =>
      f(values, given as readonly [Value, ...Value[]], attributes as Readonly<Record<A, number>>),
  );

export const operators: Readonly<Record<string, Operator>> = {
  Add: composed(2, (v, [a, b]) => v.add(a, b)),
  Sub: composed(2, (v, [a, b]) => v.sub(a, b)),
  Mul: composed(2, (v, [a, b]) => v.mul(a, b)),
  Div: composed(2, (v, [a, b]) => v.div(a, b)),
  Sum: composed('many', (v, inputs) => inputs.reduce(v.add)),
  Mean: composed('many', (v, inputs) => v.scaled(inputs.reduce(v.add), 1 / inputs.length, 0)),
  Max: composed('many', (v, inputs) => inputs.reduce(v.max)),
  Min: composed('many', (v, inputs) => inputs.reduce(v.min)),
  Neg: composed(1, (v, [x]) => v.neg(x)),
  Abs: composed(1, (v, [x]) => v.abs(x)),
  Relu: composed(1, (v, [x]) => v.relu(x)),
  Sigmoid: composed(1, (v, [x]) => v.sigmoid(x)),
  Tanh: composed(1, (v, [x]) => v.tanh(x)),
  HardSigmoid: composed(1, (v, [x], { alpha, beta }) => v.clip(v.scaled(x, alpha, beta), 0, 1), {
    alpha: 0.2,
    beta: 0.5,
  }),
  Identity: composed(1, (_, [x]) => x),
  ...activations,
  ...products,
  ...convolutions,
  ...pools,
  ...reductions,
  ...layout,
  ...selections,
  ...folded,
};

/** Names for messages. */
export const supportedOperators: readonly string[] = Object.entries(operators)
  .flatMap(([name, { ofConstants: only }]) => (only ? [] : [name]))
  .sort();
