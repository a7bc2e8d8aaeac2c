/** @file pad: zeros around. */
import { apply } from '../../tensor/apply.ts';
import { unfit, type LayerBase, type LayerRule } from './definition.ts';
import { fields } from './notation.ts';

/** Zeros before and after every axis but the batch axis. */
export interface PadLayer extends LayerBase {
  readonly kind: 'pad';
  readonly before: readonly number[];
  readonly after: readonly number[];
}

export const pad: LayerRule<PadLayer> = {
  form: 'moves',
  notation: {
    word: 'zero_pad',
    fields: { before: fields.wholes('before'), after: fields.wholes('after') },
  },
  shape(layer, inputs) {
    const given = inputs[0];
    const { before, after } = layer;
    if (before.length !== given.length || [...before, ...after].some((n) => n < 0))
      throw unfit(layer, inputs, `its padding is [${before.join(',')}] and [${after.join(',')}]`);
    return given.map((n, i) => n + before[i] + after[i]);
  },
  forward: ({ layer, inputs }) =>
    apply('pad', inputs, {
      before: [0, ...layer.before],
      after: [0, ...layer.after],
      interior: inputs[0].shape.map(() => 0),
    }),
  onnx: ({ layer, node, integers }) => [
    node('Pad', [integers('pads', [0, ...layer.before, 0, ...layer.after])]),
  ],
  nonnegative: 'kept',
  isIdentity: ({ before, after }) => [...before, ...after].every((n) => n === 0),
};
