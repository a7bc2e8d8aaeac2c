/** @file From a model file to what the checker computes: shapes, constants folded exactly, operations, sites in file order. */
import type { Model } from '../files/readModel.ts';
import { CheckFailure } from '../failure.ts';
import type { Property } from '../property/property.ts';
import { rules } from '../rules/rules.ts';
import { Builder } from './builder.ts';
import type { Graph } from './graph.ts';
import { Place } from './place.ts';
import { sizeOf, type Value } from './value.ts';

/** A free leading dimension is the batch, here of one. */
function inputShape({ name, shape }: Model['inputs'][number]): number[] {
  if (shape.slice(1).includes(undefined))
    throw new CheckFailure('model-unknown', `A dimension of the model's input ${name} is free.`);
  return shape.map((n) => n ?? 1);
}

/** (x − mean) / std as two operators, Sub and Div, before the model: one number, or one a channel. */
function normalized(x: Value, builder: Builder, given: NonNullable<Property['normalization']>): Value {
  const apply = (value: Value, op: string, numbers: readonly number[]): Value => {
    const many = numbers.length > 1;
    if (many && numbers.length !== x.shape[1])
      throw new CheckFailure(
        'property-fields',
        `${numbers.length} means or deviations for another number of channels.`,
      );
    const shape = many ? [numbers.length, ...x.shape.slice(2).map(() => 1)] : [];
    const constant = { shape, type: x.type, constant: Float64Array.from(numbers) };
    const node = {
      op,
      name: `${op} of the pixels`,
      inputs: ['x', 'c'],
      outputs: ['y'],
      attributes: new Map(),
    };
    const values = new Map([
      ['x', value],
      ['c', constant],
    ]);
    return [rules[op](new Place(node, 17, builder, values))].flat()[0];
  };
  return apply(apply(x, 'Sub', given.mean), 'Div', given.std);
}

/** Numbers of all results that are kept: some 150 MB. */
const most = 1 << 24;

/** Axes of a tensor. */
const mostAxes = 64;

const floats = new Set(['float32', 'float16', 'bfloat16', 'float64']);

/**
 * @param normalization what is done with the input before the model gets it
 * @throws CheckFailure operator-unknown, model-unknown, model-malformed, too-large, property-fields
 */
export function compileGraph(model: Model, normalization?: Property['normalization']): Graph {
  const type = model.inputs[0]?.type ?? 'float32';
  const builder = new Builder(type);
  const values = new Map<string, Value>();
  const define = (name: string, value: Value): void => {
    if (values.has(name)) throw new CheckFailure('model-malformed', `The value ${name} is given twice.`);
    if (value.shape.length > mostAxes)
      throw new CheckFailure('too-large', `The value ${name} has ${value.shape.length} axes.`);
    values.set(name, value);
  };
  for (const [name, { shape, type, values: constant }] of model.constants)
    define(name, { shape, type, constant });
  const inputs = model.inputs.map((input) => {
    if (!floats.has(input.type) || input.type !== type)
      throw new CheckFailure('model-unknown', `The input ${input.name} is of the type ${input.type}.`);
    return builder.elements(inputShape(input));
  });
  const count = builder.size;
  for (const [k, { name }] of model.inputs.entries())
    define(name, k === 0 && normalization ? normalized(inputs[k], builder, normalization) : inputs[k]);
  let laidOut = 0;
  for (const node of model.nodes) {
    const rule = Object.hasOwn(rules, node.op) ? rules[node.op] : undefined;
    if (!rule)
      throw new CheckFailure('operator-unknown', `The operator ${node.op} (${node.name}) has no rule here.`);
    const results = [rule(new Place(node, model.opset, builder, values))].flat();
    for (const { shape } of results) laidOut += sizeOf(shape);
    if (laidOut > most) throw new CheckFailure('too-large', `Values of ${laidOut} numbers.`);
    node.outputs.forEach((name, k) => {
      if (name !== '' && results[k]) define(name, results[k]);
    });
  }
  const outputs = model.outputs.flatMap(({ name }) => {
    const value = values.get(name);
    if (!value) throw new CheckFailure('model-unknown', `The output ${name} is not computed.`);
    return [...builder.elementsOf(value)];
  });
  const { operations, sites, alphas, cost, size } = builder;
  return { inputs: count, type, size, operations, sites, alphas, cost, outputs: Int32Array.from(outputs) };
}
