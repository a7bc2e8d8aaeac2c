/** @file reshape: the same elements in another shape. */
import { reshape as reshaped, sizeOf, type Shape } from '../../tensor/index.ts';
import { sameShape } from '../../tensor/shape.ts';
import { unfit, type LayerBase, type LayerRule } from './definition.ts';
import { fields } from './notation.ts';

/** The same elements in another shape, given without the batch axis. */
export interface ReshapeLayer extends LayerBase {
  readonly kind: 'reshape';
  readonly shape: Shape;
}

export const reshape: LayerRule<ReshapeLayer> = {
  form: 'relabels',
  notation: { word: 'reshape', main: 'shape', fields: { shape: fields.wholes('shape', 1) } },
  shape(layer, inputs) {
    if (sizeOf(inputs[0]) !== sizeOf(layer.shape))
      throw unfit(layer, inputs, `its elements do not fill [${layer.shape.join(',')}]`);
    return layer.shape;
  },
  forward: ({ layer, inputs }) => reshaped(inputs[0], [inputs[0].shape[0], ...layer.shape]),
  // 0 copies the batch axis.
  onnx: ({ layer, node, integers }) => [node('Reshape', [integers('shape', [0, ...layer.shape])])],
  nonnegative: 'kept',
  isIdentity: ({ shape }, input) => sameShape(shape, input),
};
