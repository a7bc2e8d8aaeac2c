/** @file add: the sum of two inputs of one shape. */
import { add as sumOf } from '../../tensor/index.ts';
import { unfit, type LayerBase, type LayerRule } from './definition.ts';

export interface AddLayer extends LayerBase {
  readonly kind: 'add';
}

export const add: LayerRule<AddLayer> = {
  form: 'mixes',
  notation: { word: 'add', joins: true },
  shape(layer, inputs) {
    const [a, b] = inputs;
    if (inputs.length !== 2 || a.length !== b.length || a.some((d, i) => d !== b[i]))
      throw unfit(layer, inputs, 'it needs two inputs of the same shape');
    return a;
  },
  forward: ({ inputs }) => sumOf(inputs[0], inputs[1]),
  onnx: ({ node }) => [node('Add')],
  channelwise: ([a, b]) => ({
    value: a.value + b.value,
    reach: a.reach + b.reach,
    roundings: a.roundings + b.roundings + 1,
    certain: false,
  }),
};
