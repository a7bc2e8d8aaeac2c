/** @file convTranspose2d: the adjoint of a convolution, as PyTorch's ConvTranspose2d. */
import { add, convTranspose2d as transposed, reshape } from '../../tensor/index.ts';
import type { ConvTranspose2dLayer } from '../network.ts';
import { unfit, type LayerRule } from './definition.ts';

/** [in, out/groups, kh, kw] */
export const convTransposeWeightShape = (layer: ConvTranspose2dLayer): readonly number[] => [
  layer.inChannels,
  layer.outChannels / layer.groups,
  ...layer.kernel,
];

/** Height and width of the result: (n − 1)·s + d(k − 1) + 1 + added − cut. */
export function convTransposeSize(
  layer: ConvTranspose2dLayer,
  [height, width]: readonly [number, number],
): [number, number] {
  const { kernel, stride, padding, outputPadding, dilation } = layer;
  const along = (n: number, axis: 0 | 1): number =>
    (n - 1) * stride[axis] +
    dilation[axis] * (kernel[axis] - 1) +
    1 +
    outputPadding[axis] -
    padding[axis] -
    padding[axis === 0 ? 2 : 3];
  return [along(height, 0), along(width, 1)];
}

export const convTranspose2d: LayerRule<ConvTranspose2dLayer> = {
  shape(layer, inputs) {
    const [channels, height, width] = inputs[0];
    if (inputs[0].length !== 3) throw unfit(layer, inputs, 'it needs channels, height and width');
    if (channels !== layer.inChannels) throw unfit(layer, inputs, `it needs ${layer.inChannels} channels`);
    if (layer.outputPadding.some((added, axis) => added >= layer.stride[axis]))
      throw unfit(layer, inputs, 'its output padding is not less than its stride');
    const size = convTransposeSize(layer, [height, width]);
    if (size.some((n) => n < 1)) throw unfit(layer, inputs, 'its padding cuts everything off');
    return [layer.outChannels, ...size];
  },
  parameters(layer) {
    const shape = convTransposeWeightShape(layer);
    // PyTorch counts fan_in on the second axis here too.
    const initial = { uniform: 1 / Math.sqrt(shape.slice(1).reduce((n, d) => n * d, 1)) };
    const weight = { name: 'weight', shape, trainable: true, initial };
    const bias = { name: 'bias', shape: [layer.outChannels], trainable: true, initial };
    return layer.bias ? [weight, bias] : [weight];
  },
  forward({ layer, inputs, parameter }) {
    const [, , height, width] = inputs[0].shape as [number, number, number, number];
    const y = transposed(inputs[0], parameter('weight'), convTransposeSize(layer, [height, width]), layer);
    return layer.bias ? add(y, reshape(parameter('bias'), [1, layer.outChannels, 1, 1])) : y;
  },
};
