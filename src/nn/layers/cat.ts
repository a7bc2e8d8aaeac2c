/** @file cat: inputs side by side. */
import { cat as join } from '../../tensor/index.ts';
import { unfit, type LayerBase, type LayerRule } from './definition.ts';
import { fields } from './notation.ts';

/** Inputs side by side along an axis; the batch axis is not counted. */
export interface CatLayer extends LayerBase {
  readonly kind: 'cat';
  readonly axis: number;
}

export const cat: LayerRule<CatLayer> = {
  form: 'moves',
  notation: { word: 'cat', joins: true, fields: { axis: fields.whole('axis', 0) } },
  shape(layer, inputs) {
    const [first] = inputs;
    const { axis } = layer;
    const fits = inputs.every(
      (s) => s.length === first.length && s.every((n, i) => i === axis || n === first[i]),
    );
    if (!fits || !(axis >= 0 && axis < first.length))
      throw unfit(layer, inputs, `they cannot stand side by side along axis ${axis}`);
    return first.map((n, i) => (i === axis ? inputs.reduce((total, s) => total + s[axis], 0) : n));
  },
  forward: ({ layer, inputs }) => join(inputs, layer.axis + 1),
  onnx: ({ layer, node }) => [node('Concat', [], { axis: { int: layer.axis + 1 } })],
  nonnegative: 'kept',
};
