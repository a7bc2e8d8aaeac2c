/** @file avgPool2d: the mean of each window; padding counts as zeros (PyTorch's count_include_pad). */
import { add, mul } from '../../tensor/index.ts';
import type { LayerBase, LayerRule } from './definition.ts';
import {
  isPadded,
  overlapsOf,
  pooledShape,
  tapsOf,
  windowAttributes,
  windowTaps,
  type Window,
} from './window.ts';
import { pooling } from './notation.ts';

export interface AvgPool2dLayer extends LayerBase, Window {
  readonly kind: 'avgPool2d';
}

export const avgPool2d: LayerRule<AvgPool2dLayer> = {
  prefix: 'pool',
  form: 'mixes',
  notation: pooling('avgpool'),
  shape: pooledShape,
  forward: ({ layer, inputs }) =>
    mul(
      windowTaps(inputs[0], layer).reduce((a, b) => add(a, b)),
      1 / tapsOf(layer),
    ),
  onnx: ({ layer, node }) => [
    node('AveragePool', [], { ...windowAttributes(layer), count_include_pad: { int: 1 } }),
  ],
  terms: tapsOf,
  uses: (layer) => overlapsOf(layer),
  channelwise: ([x], layer) => ({
    ...x,
    value: isPadded(layer) && x.value !== 0 ? NaN : x.value,
    roundings: x.roundings + tapsOf(layer),
  }),
  nonnegative: 'kept',
};
