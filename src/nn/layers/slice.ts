/** @file slice: part of each axis. */
import { apply } from '../../tensor/apply.ts';
import { unfit, type LayerBase, type LayerRule } from './definition.ts';
import { fields } from './notation.ts';

/** x[start:end:step] on every axis but the batch axis; steps ≥ 1. */
export interface SliceLayer extends LayerBase {
  readonly kind: 'slice';
  readonly starts: readonly number[];
  readonly ends: readonly number[];
  readonly steps: readonly number[];
}

export const slice: LayerRule<SliceLayer> = {
  form: 'moves',
  notation: {
    word: 'slice',
    fields: {
      starts: fields.wholes('starts'),
      ends: fields.wholes('ends', 1),
      steps: fields.wholes('steps', 1, (read: Readonly<Record<string, readonly number[]>>) =>
        read['starts'].map(() => 1),
      ),
    },
  },
  shape(layer, inputs) {
    const given = inputs[0];
    const { starts, ends, steps } = layer;
    const lengths = given.map((_, i) => Math.ceil((ends[i] - starts[i]) / steps[i]));
    const inside = given.every((n, i) => starts[i] >= 0 && ends[i] <= n && steps[i] >= 1 && lengths[i] > 0);
    if (starts.length !== given.length || !inside)
      throw unfit(layer, inputs, `it reads from [${starts.join(',')}] up to [${ends.join(',')}]`);
    return lengths;
  },
  forward: ({ layer, inputs }) =>
    apply('slice', inputs, {
      starts: [0, ...layer.starts],
      ends: [inputs[0].shape[0], ...layer.ends],
      steps: [1, ...layer.steps],
    }),
  onnx: ({ layer, node, integers }) => [
    node('Slice', [
      integers('starts', layer.starts),
      integers('ends', layer.ends),
      integers(
        'axes',
        layer.starts.map((_, axis) => axis + 1),
      ),
      integers('steps', layer.steps),
    ]),
  ],
  nonnegative: 'kept',
};
