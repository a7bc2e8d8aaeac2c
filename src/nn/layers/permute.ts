/** @file permute: axes in another order. */
import { permute as permuted } from '../../tensor/index.ts';
import { ints, unfit, type LayerBase, type LayerRule } from './definition.ts';
import { fields } from './notation.ts';

/** Axis i of the result is axis order[i] of the input; the batch axis is not counted. */
export interface PermuteLayer extends LayerBase {
  readonly kind: 'permute';
  readonly order: readonly number[];
}

const withBatch = ({ order }: PermuteLayer): number[] => [0, ...order.map((axis) => axis + 1)];

export const permute: LayerRule<PermuteLayer> = {
  form: 'moves',
  notation: { word: 'permute', main: 'order', fields: { order: fields.wholes('order') } },
  shape(layer, inputs) {
    const given = inputs[0];
    if ([...layer.order].sort((a, b) => a - b).join() !== given.map((_, i) => i).join())
      throw unfit(layer, inputs, `the order [${layer.order.join(',')}] does not name every axis once`);
    return layer.order.map((axis) => given[axis]);
  },
  forward: ({ layer, inputs }) => permuted(inputs[0], withBatch(layer)),
  onnx: ({ layer, node }) => [node('Transpose', [], { perm: ints(withBatch(layer)) })],
  nonnegative: 'kept',
  isIdentity: ({ order }) => order.every((axis, i) => axis === i),
};
