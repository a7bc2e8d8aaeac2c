/** @file (x − mean) / std before a model, as two nodes of it. */
import { CheckFailure } from '../failure.ts';
import type { Constant, Model } from './model.ts';

/**
 * The model of x instead of (x − mean) / std.
 * @throws CheckFailure property-fields where the model's input has other channels
 */
export function withNormalization(
  model: Model,
  { mean, std }: { readonly mean: readonly number[]; readonly std: readonly number[] },
): Model {
  const [input, ...others] = model.inputs;
  const constant = (numbers: readonly number[]): Constant => {
    const after = input.shape.slice(2).map(() => 1);
    if (numbers.length > 1 && numbers.length !== input.shape[1])
      throw new CheckFailure(
        'property-fields',
        `${numbers.length} means or deviations for another number of channels.`,
      );
    const shape = numbers.length > 1 ? [numbers.length, ...after] : [];
    return { shape, type: 'float32', values: Float64Array.from(numbers) };
  };
  const taken = new Set([
    ...model.constants.keys(),
    input.name,
    ...model.nodes.flatMap((n) => [...n.inputs, ...n.outputs]),
  ]);
  const free = (name: string): string => (taken.has(name) ? free(`${name}_`) : name);
  const [raw, shifted, meanName, stdName] = ['raw', 'shifted', 'mean', 'std'].map(free);
  const node = (op: string, inputs: string[], output: string) => ({
    op,
    name: `${op} of the pixels`,
    inputs,
    outputs: [output],
    attributes: new Map(),
  });
  return {
    ...model,
    inputs: [{ ...input, name: raw }, ...others],
    constants: new Map([...model.constants, [meanName, constant(mean)], [stdName, constant(std)]]),
    nodes: [
      node('Sub', [raw, meanName], shifted),
      node('Div', [shifted, stdName], input.name),
      ...model.nodes,
    ],
  };
}
