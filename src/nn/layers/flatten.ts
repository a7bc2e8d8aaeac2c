/** @file flatten: [B,…] → [B,n]. */
import { flatten as flat, sizeOf } from '../../tensor/index.ts';
import type { LayerBase, LayerRule } from './definition.ts';

export interface FlattenLayer extends LayerBase {
  readonly kind: 'flatten';
}

export const flatten: LayerRule<FlattenLayer> = {
  form: 'relabels',
  shape: (_, inputs) => [sizeOf(inputs[0])],
  forward: ({ inputs }) => flat(inputs[0]),
  onnx: ({ node }) => [node('Flatten', [], { axis: { int: 1 } })],
  channelwise: ([x]) => x,
  nonnegative: 'kept',
  isIdentity: (_, input) => input.length === 1,
};
