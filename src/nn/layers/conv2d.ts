/** @file conv2d: cross-correlation as PyTorch's Conv2d. */
import { conv2d as convolve } from '../../tensor/index.ts';
import { imageOf, ints, unfit, type LayerBase, type LayerRule } from './definition.ts';
import { requireGroups, uniformParameters, weightsPerOutput } from './weights.ts';
import {
  isPadded,
  overlapsOf,
  tapsOf,
  windowAttributes,
  windowCounts,
  type Pair,
  type Window,
} from './window.ts';
import { fields, windowFields } from './notation.ts';

/** Parameters `weight` [out,in/groups,kh,kw] and `bias` [out]. */
export interface Conv2dLayer extends LayerBase, Window {
  readonly kind: 'conv2d';
  readonly inChannels: number;
  readonly outChannels: number;
  readonly dilation: Pair;
  readonly groups: number;
  readonly bias: boolean;
}

export const conv2d: LayerRule<Conv2dLayer> = {
  prefix: 'conv',
  form: 'mixes',
  notation: {
    word: 'conv',
    main: 'outChannels',
    fields: {
      outChannels: fields.count('channels'),
      ...windowFields(),
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
    const counts = windowCounts([height, width], layer, layer.dilation);
    if (counts.some((n) => n < 1)) throw unfit(layer, inputs, 'its kernel is larger than the padded input');
    return [layer.outChannels, ...counts];
  },
  parameters: ({ inChannels, outChannels, groups, kernel, bias }) =>
    uniformParameters([outChannels, inChannels / groups, ...kernel], bias && outChannels),
  forward({ layer, inputs, parameter }) {
    const bias = layer.bias ? parameter('bias') : undefined;
    return convolve(inputs[0], parameter('weight'), bias, layer);
  },
  onnx: ({ layer, node, parameters }) => [
    node('Conv', parameters(), {
      ...windowAttributes(layer),
      dilations: ints(layer.dilation),
      group: { int: layer.groups },
    }),
  ],
  terms: (layer) => weightsPerOutput(conv2d.weight!(layer)),
  uses: (layer) => (layer.outChannels / layer.groups) * overlapsOf(layer, layer.dilation),
  weight: (layer) => ({
    outputs: layer.outChannels,
    inputs: layer.inChannels,
    groups: layer.groups,
    taps: tapsOf(layer),
    transposed: false,
    padded: isPadded(layer),
    prunable: 'always',
  }),
  resized: (layer, { inputs = layer.inChannels, outputs = layer.outChannels }) => ({
    ...layer,
    inChannels: inputs,
    outChannels: outputs,
  }),
};
