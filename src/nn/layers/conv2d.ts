/** @file conv2d: cross-correlation as PyTorch's Conv2d. */
import { conv2d as convolve } from '../../tensor/index.ts';
import type { Conv2dLayer } from '../network.ts';
import { unfit, type LayerRule, type ParameterDeclaration } from './definition.ts';

/** Output length along one axis: ⌊(n + p − d(k−1) − 1)/s⌋ + 1. */
export function windowCount(
  n: number,
  kernel: number,
  stride: number,
  padding: number,
  dilation: number,
): number {
  return Math.floor((n + padding - dilation * (kernel - 1) - 1) / stride) + 1;
}

/** PyTorch's default, kaiming_uniform(a = √5): both weight and bias uniform in ±1/√fan_in. */
export function uniformParameters(
  weightShape: readonly number[],
  bias: boolean,
): readonly ParameterDeclaration[] {
  const fanIn = weightShape.slice(1).reduce((n, d) => n * d, 1);
  const initial = { uniform: 1 / Math.sqrt(fanIn) };
  const weight = { name: 'weight', shape: weightShape, trainable: true, initial };
  return bias ? [weight, { name: 'bias', shape: [weightShape[0]], trainable: true, initial }] : [weight];
}

/** [out, in/groups, kh, kw] */
export const convWeightShape = (layer: Conv2dLayer): readonly number[] => [
  layer.outChannels,
  layer.inChannels / layer.groups,
  ...layer.kernel,
];

export const conv2d: LayerRule<Conv2dLayer> = {
  shape(layer, inputs) {
    const [channels, height, width] = inputs[0];
    const { kernel, stride, padding, dilation } = layer;
    if (inputs[0].length !== 3) throw unfit(layer, inputs, 'it needs channels, height and width');
    if (channels !== layer.inChannels) throw unfit(layer, inputs, `it needs ${layer.inChannels} channels`);
    const rows = windowCount(height, kernel[0], stride[0], padding[0] + padding[2], dilation[0]);
    const columns = windowCount(width, kernel[1], stride[1], padding[1] + padding[3], dilation[1]);
    if (rows < 1 || columns < 1) throw unfit(layer, inputs, 'its kernel is larger than the padded input');
    return [layer.outChannels, rows, columns];
  },
  parameters: (layer) => uniformParameters(convWeightShape(layer), layer.bias),
  forward({ layer, inputs, parameter }) {
    const bias = layer.bias ? parameter('bias') : undefined;
    return convolve(inputs[0], parameter('weight'), bias, layer);
  },
};
