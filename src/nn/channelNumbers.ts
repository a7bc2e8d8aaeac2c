/** @file Layers that scale each channel, as numbers. */
import { constant, interpret, type Tensor } from '../tensor/index.ts';
import type { ChannelAffine } from './layers/definition.ts';
import { parametersOf, ruleOf } from './layers/rules.ts';
import type { Layer } from './network.ts';
import type { Numbers } from './parameters.ts';

/** x·scale + shift of each channel; see {@link ChannelAffine}. */
export type ChannelNumbers = Readonly<Record<keyof ChannelAffine, Float64Array>>;

/** The tensors of a computation without inputs, in f64. */
export const evaluated = <K extends string>(
  outputs: Readonly<Record<K, Tensor>>,
): Record<K, Float64Array> => {
  const names = Object.keys(outputs) as K[];
  const found = interpret({ inputs: [], outputs: names.map((n) => outputs[n]), outputNames: names }, []);
  return Object.fromEntries(names.map((name, i) => [name, found[i]])) as Record<K, Float64Array>;
};

/** A layer's own parameters by name as constants. */
export function constantParameters(layer: Layer, numbers: Numbers): (name: string) => Tensor {
  const shapes = new Map(parametersOf(layer).map(({ name, shape }) => [name, shape]));
  return (name) => constant(numbers[`${layer.name}.${name}`], shapes.get(name));
}

/** In evaluation mode and f64; undefined for layers of another form. */
export function channelNumbers(layer: Layer, numbers: Numbers): ChannelNumbers | undefined {
  const found = ruleOf(layer).channelAffine?.(layer, constantParameters(layer, numbers));
  return found && evaluated({ ...found });
}
