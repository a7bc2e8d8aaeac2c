/** @file globalAvgPool2d: the mean of each channel, [B,C,H,W] → [B,C,1,1]. */
import { mean, sizeOf } from '../../tensor/index.ts';
import { imageOf, type LayerBase, type LayerRule } from './definition.ts';

export interface GlobalAvgPool2dLayer extends LayerBase {
  readonly kind: 'globalAvgPool2d';
}

export const globalAvgPool2d: LayerRule<GlobalAvgPool2dLayer> = {
  prefix: 'pool',
  form: 'mixes',
  notation: { word: 'global_avgpool' },
  shape: (layer, inputs) => [imageOf(layer, inputs)[0], 1, 1],
  forward: ({ inputs }) => mean(inputs[0], [2, 3], true),
  onnx: ({ node }) => [node('GlobalAveragePool')],
  terms: (_, input) => sizeOf(input.slice(1)),
  channelwise: ([x], _, input) => ({ ...x, roundings: x.roundings + sizeOf(input.slice(1)) }),
  nonnegative: 'kept',
};
