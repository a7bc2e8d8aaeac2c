/** @file sum: the sum over some axes. */
import { sizeOf, sum as summed } from '../../tensor/index.ts';
import { unfit, type LayerBase, type LayerRule } from './definition.ts';
import { fields } from './notation.ts';

/** Sum over axes, which keep length 1; the batch axis is not counted. */
export interface SumLayer extends LayerBase {
  readonly kind: 'sum';
  readonly axes: readonly number[];
}

const withBatch = ({ axes }: SumLayer): number[] => axes.map((axis) => axis + 1);

export const sum: LayerRule<SumLayer> = {
  form: 'mixes',
  notation: { word: 'sum', main: 'axes', fields: { axes: fields.wholes('axes') } },
  shape(layer, inputs) {
    if (layer.axes.some((axis) => !(axis >= 0 && axis < inputs[0].length)))
      throw unfit(layer, inputs, `it adds up axes [${layer.axes.join(',')}]`);
    return inputs[0].map((n, i) => (layer.axes.includes(i) ? 1 : n));
  },
  forward: ({ layer, inputs }) => summed(inputs[0], withBatch(layer), true),
  onnx: ({ layer, node, integers }) => [node('ReduceSum', [integers('axes', withBatch(layer))])],
  terms: ({ axes }, input) => sizeOf(axes.map((axis) => input[axis])),
  nonnegative: 'kept',
  isIdentity: ({ axes }) => axes.length === 0,
};
