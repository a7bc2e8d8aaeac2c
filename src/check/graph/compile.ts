/** @file From a model file to what the checker computes: shapes, constants folded exactly, operations, sites in file order. */
import type { Model } from '../files/model.ts';
import { CheckFailure } from '../failure.ts';
import { rules } from '../rules/rules.ts';
import { Builder } from './builder.ts';
import type { Graph } from './graph.ts';
import { Place } from './place.ts';
import { sizeOf, type Value } from './value.ts';

/** A free leading dimension is the batch, here of one. */
function inputShape({ name, shape }: Model['inputs'][number]): number[] {
  return shape.map((n, axis) => {
    if (n === undefined && axis > 0)
      throw new CheckFailure('model-unknown', `Dimension ${axis} of the model's input ${name} is free.`);
    return n ?? 1;
  });
}

/** Numbers of all results that are kept: some 150 MB. */
const most = 1 << 24;

const floats = new Set(['float32', 'float16', 'bfloat16', 'float64']);

/** @throws CheckFailure operator-unknown, model-unknown, too-large */
export function compileGraph(model: Model): Graph {
  const type = model.inputs[0]?.type ?? 'float32';
  const builder = new Builder(type);
  const values = new Map<string, Value>();
  for (const [name, { shape, type, values: constant }] of model.constants) {
    if (constant.length !== sizeOf(shape))
      throw new CheckFailure('model-malformed', `The constant ${name} is not of its shape.`);
    values.set(name, { shape, type, constant });
  }
  for (const input of model.inputs) {
    if (!floats.has(input.type) || input.type !== type)
      throw new CheckFailure('model-unknown', `The input ${input.name} is of the type ${input.type}.`);
    values.set(input.name, builder.elements(inputShape(input)));
  }
  const inputs = builder.size;
  let laidOut = 0;
  for (const node of model.nodes) {
    const rule = Object.hasOwn(rules, node.op) ? rules[node.op] : undefined;
    if (!rule)
      throw new CheckFailure('operator-unknown', `The operator ${node.op} (${node.name}) has no rule here.`);
    const results = [rule(new Place(node, model.opset, builder, values))].flat();
    for (const { shape } of results) laidOut += sizeOf(shape);
    if (laidOut > most) throw new CheckFailure('too-large', `Values of ${laidOut} numbers.`);
    node.outputs.forEach((name, k) => {
      if (values.has(name)) throw new CheckFailure('model-malformed', `The value ${name} is given twice.`);
      if (name !== '' && results[k]) values.set(name, results[k]);
    });
  }
  const outputs = model.outputs.flatMap(({ name }) => {
    const value = values.get(name);
    if (!value) throw new CheckFailure('model-unknown', `The output ${name} is not computed.`);
    return [...builder.elementsOf(value)];
  });
  const { operations, sites, alphas, cost } = builder;
  return {
    inputs,
    type,
    size: builder.size,
    operations,
    sites,
    alphas,
    cost,
    outputs: Int32Array.from(outputs),
  };
}
