/** @file Arrays of weights: how they start, and which channels an element belongs to. */
import { mul, reshape, type Shape, type Tensor } from '../../tensor/index.ts';
import { unfit, type LayerBase, type ParameterDeclaration, type WeightLayout } from './definition.ts';

/**
 * PyTorch's default, kaiming_uniform(a = √5): both weight and bias uniform in ±1/√fan_in, which it counts on the second
 * axis of transposed convolutions too.
 * @param biases how many, or false for none
 */
export function uniformParameters(
  shape: readonly number[],
  biases: number | false,
): readonly ParameterDeclaration[] {
  const initial = { uniform: 1 / Math.sqrt(shape.slice(1).reduce((n, d) => n * d, 1)) };
  const weight = { name: 'weight', shape, trainable: true, initial };
  return biases === false ? [weight] : [weight, { name: 'bias', shape: [biases], trainable: true, initial }];
}

/** @throws UserError where channels do not split into the groups of a convolution */
export function requireGroups(
  layer: LayerBase & { readonly inChannels: number; readonly outChannels: number; readonly groups: number },
  inputs: readonly Shape[],
): void {
  const { inChannels, outChannels, groups } = layer;
  if (inChannels % groups !== 0 || outChannels % groups !== 0)
    throw unfit(
      layer,
      inputs,
      `its ${inChannels} and ${outChannels} channels do not split into ${groups} groups`,
    );
}

/** Weights in the sum of one element of the result, at most. */
export const weightsPerOutput = ({ inputs, groups, taps }: WeightLayout): number => (inputs / groups) * taps;

/** Whether output channel c has the c-th of equally long stretches of the weights. */
export const hasRows = ({ transposed }: WeightLayout): boolean => !transposed;

/** Whether every output channel reads every input channel, and has its weights in one stretch. */
export const isDense = ({ transposed, groups }: WeightLayout): boolean => !transposed && groups === 1;

/** Output and input channel of element i of the weights. */
export function channelsOfWeights(layout: WeightLayout): {
  readonly output: (i: number) => number;
  readonly input: (i: number) => number;
} {
  const { outputs, inputs, groups, taps, transposed } = layout;
  const columns = (transposed ? outputs : inputs) / groups;
  const rowsPerGroup = (transposed ? inputs : outputs) / groups;
  const row = (i: number): number => Math.floor(i / (taps * columns));
  const column = (i: number): number =>
    Math.floor(row(i) / rowsPerGroup) * columns + (Math.floor(i / taps) % columns);
  return transposed ? { output: column, input: row } : { output: row, input: column };
}

/** The weights with each output channel's times a factor, [outputs]. */
export function scaleOutputs(weight: Tensor, factors: Tensor, { transposed, groups }: WeightLayout): Tensor {
  const [rows, columns, ...taps] = weight.shape;
  if (!transposed) return mul(weight, reshape(factors, [rows, 1, ...taps.map(() => 1)]));
  const grouped = reshape(weight, [groups, rows / groups, columns, -1]);
  return reshape(mul(grouped, reshape(factors, [groups, 1, columns, 1])), weight.shape);
}
