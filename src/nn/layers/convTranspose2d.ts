/** @file convTranspose2d: the adjoint of a convolution, as PyTorch's ConvTranspose2d. */
import { add, convTranspose2d as transposed, reshape } from '../../tensor/index.ts';
import { imageOf, ints, unfit, type LayerBase, type LayerRule } from './definition.ts';
import { requireGroups, uniformParameters } from './weights.ts';
import { overlapsOf, tapsOf, windowAttributes, type Pair, type Window } from './window.ts';
import { fields, windowFields } from './notation.ts';

/** Parameters `weight` [in,out/groups,kh,kw] and `bias` [out]; the padding is cut off the result. */
export interface ConvTranspose2dLayer extends LayerBase, Window {
  readonly kind: 'convTranspose2d';
  readonly inChannels: number;
  readonly outChannels: number;
  /** Rows and columns added at the bottom and right, each less than the stride. */
  readonly outputPadding: Pair;
  readonly dilation: Pair;
  readonly groups: number;
  readonly bias: boolean;
}

/** Height and width of the result: (n − 1)·s + d(k − 1) + 1 + added − cut. */
export function convTransposeSize(
  layer: Window & Pick<ConvTranspose2dLayer, 'outputPadding' | 'dilation'>,
  [height, width]: Pair,
): Pair {
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
  prefix: 'deconv',
  form: 'mixes',
  notation: {
    word: 'conv_transpose',
    main: 'outChannels',
    fields: {
      outChannels: fields.count('channels'),
      ...windowFields(),
      outputPadding: fields.evenPair(['output_pad', 'output_padding'], [0, 0]),
      dilation: fields.pair('dilation', [1, 1]),
      groups: fields.count('groups', 1),
      bias: fields.flag('bias', true),
    },
    infer: ([shape]) => ({ inChannels: shape[0] }),
  },
  shape(layer, inputs) {
    const [channels, height, width] = imageOf(layer, inputs);
    if (channels !== layer.inChannels) throw unfit(layer, inputs, `it needs ${layer.inChannels} channels`);
    requireGroups(layer, inputs);
    if (layer.outputPadding.some((added, axis) => added >= layer.stride[axis]))
      throw unfit(layer, inputs, 'its output padding is not less than its stride');
    const size = convTransposeSize(layer, [height, width]);
    if (size.some((n) => n < 1)) throw unfit(layer, inputs, 'its padding cuts everything off');
    return [layer.outChannels, ...size];
  },
  parameters: ({ inChannels, outChannels, groups, kernel, bias }) =>
    uniformParameters([inChannels, outChannels / groups, ...kernel], bias && outChannels),
  forward({ layer, inputs, parameter }) {
    const [, , height, width] = inputs[0].shape as [number, number, number, number];
    const y = transposed(inputs[0], parameter('weight'), convTransposeSize(layer, [height, width]), layer);
    return layer.bias ? add(y, reshape(parameter('bias'), [1, layer.outChannels, 1, 1])) : y;
  },
  onnx: ({ layer, node, parameters }) => [
    node('ConvTranspose', parameters(), {
      ...windowAttributes(layer),
      output_padding: ints(layer.outputPadding),
      dilations: ints(layer.dilation),
      group: { int: layer.groups },
    }),
  ],
  terms: (layer) => (layer.inChannels / layer.groups) * overlapsOf(layer, layer.dilation),
  uses: (layer) => (layer.outChannels / layer.groups) * tapsOf(layer),
  weight: (layer) => ({
    outputs: layer.outChannels,
    inputs: layer.inChannels,
    groups: layer.groups,
    taps: tapsOf(layer),
    transposed: true,
    padded: true,
  }),
};
