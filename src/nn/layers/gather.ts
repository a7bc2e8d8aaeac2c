/** @file gather: chosen positions along an axis. */
import { constant, indexSelect } from '../../tensor/index.ts';
import { unfit, type LayerBase, type LayerRule } from './definition.ts';
import { fields } from './notation.ts';

/** Fixed positions along an axis, repeats allowed; the batch axis is not counted. */
export interface GatherLayer extends LayerBase {
  readonly kind: 'gather';
  readonly axis: number;
  readonly indices: readonly number[];
}

export const gather: LayerRule<GatherLayer> = {
  form: 'moves',
  notation: {
    word: 'gather',
    main: 'indices',
    fields: { indices: fields.wholes('indices'), axis: fields.whole('axis', 0) },
  },
  shape(layer, inputs) {
    const length = inputs[0][layer.axis] ?? 0;
    if (layer.indices.some((i) => !(i >= 0 && i < length)))
      throw unfit(layer, inputs, `it reads a position outside axis ${layer.axis}`);
    return inputs[0].map((n, i) => (i === layer.axis ? layer.indices.length : n));
  },
  forward: ({ layer, inputs }) =>
    indexSelect(inputs[0], layer.axis + 1, constant(Int32Array.from(layer.indices))),
  onnx: ({ layer, node, integers }) => [
    node('Gather', [integers('indices', layer.indices)], { axis: { int: layer.axis + 1 } }),
  ],
  uses({ indices }) {
    const counts = new Map<number, number>();
    for (const i of indices) counts.set(i, (counts.get(i) ?? 0) + 1);
    return [...counts.values()].reduce((a, b) => Math.max(a, b), 0);
  },
  nonnegative: 'kept',
};
