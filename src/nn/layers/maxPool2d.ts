/** @file maxPool2d: the largest of each window; padding never wins. */
import { maximum, type Tensor } from '../../tensor/index.ts';
import type { LayerBase, LayerRule } from './definition.ts';
import { paddedForMax, pooledShape, windowAttributes, windowTaps, type Window } from './window.ts';
import { pooling } from './notation.ts';

export interface MaxPool2dLayer extends LayerBase, Window {
  readonly kind: 'maxPool2d';
}

const largest = (x: Tensor, layer: Window): Tensor =>
  windowTaps(paddedForMax(x, layer), { ...layer, padding: [0, 0, 0, 0] }).reduce((a, b) => maximum(a, b));

export const maxPool2d: LayerRule<MaxPool2dLayer> = {
  prefix: 'pool',
  form: 'bends',
  notation: pooling('maxpool'),
  shape: pooledShape,
  forward: ({ layer, inputs }) => largest(inputs[0], layer),
  onnx: ({ layer, node }) => [node('MaxPool', [], windowAttributes(layer))],
  channelwise: ([x]) => x,
  nonnegative: 'kept',
  /** The largest doubt of each window. */
  doubt: ({ error }, _, layer) => error && maximum(largest(error, layer), 0),
};
