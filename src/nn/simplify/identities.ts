/** @file Layers that change nothing are dropped; normalisations become the affine maps they are. */
import { sameShape } from '../../tensor/shape.ts';
import { batchNormAffine } from '../foldBatchNorm.ts';
import { normalizeAffine } from '../layers/normalize.ts';
import type { AffineLayer, Layer } from '../network.ts';
import { reachKey, roundingsKey } from '../reach.ts';
import { bypass, layerBefore, replaceLayer, shapesOf, update, type Draft, type Rewrite } from './draft.ts';

function changesNothing(draft: Draft, layer: Layer): boolean {
  if (layer.kind === 'dropout') return true;
  if (layer.kind === 'affine') return !layer.weight && !layer.bias;
  if (layer.kind === 'relu') return layerBefore(draft, layer)?.kind === 'relu';
  if (layer.kind === 'permute') return layer.order.every((axis, i) => axis === i);
  if (layer.kind === 'pad') return [...layer.before, ...layer.after].every((n) => n === 0);
  if (layer.kind === 'sum') return layer.axes.length === 0;
  if (layer.kind !== 'reshape' && layer.kind !== 'flatten') return false;
  const shapes = shapesOf(draft);
  return sameShape(shapes.get(layer.inputs[0])!, shapes.get(layer.name)!);
}

/** The last layer stays where nothing but the input would be left. */
export const dropIdentity: Rewrite = (draft, layer) => {
  const needed = layer.inputs[0] === 'input' && draft.layers.at(-1)!.name === layer.name;
  if (needed || !changesNothing(draft, layer)) return false;
  bypass(draft, layer);
  return true;
};

/** A reshape or flatten after another one of them needs only the last. */
export const joinReshapes: Rewrite = (draft, layer) => {
  if (layer.kind !== 'reshape' && layer.kind !== 'flatten') return false;
  const before = layerBefore(draft, layer);
  if (before?.kind !== 'reshape' && before?.kind !== 'flatten') return false;
  update(draft, { ...layer, inputs: before.inputs }, {});
  if (!draft.layers.some((l) => l.inputs.includes(before.name))) replaceLayer(draft, before);
  return true;
};

/** Roundings of a normalisation in f32, in whatever form it is computed, beside one product and one sum. */
const normalizationRoundings = 6;

/** normalize, and batch norm in evaluation mode, as affine layers of the same name. */
export const normalizationToAffine: Rewrite = (draft, layer) => {
  if (layer.kind !== 'normalize' && layer.kind !== 'batchNorm1d' && layer.kind !== 'batchNorm2d')
    return false;
  const input = shapesOf(draft).get(layer.inputs[0])!;
  const { scale, shift } =
    layer.kind === 'normalize' ? normalizeAffine(layer) : batchNormAffine(layer, draft.numbers);
  const reach = Float64Array.from(shift, (t, c) =>
    layer.kind === 'normalize'
      ? Math.abs(t)
      : Math.abs(draft.numbers[`${layer.name}.bias`][c]) +
        Math.abs(draft.numbers[`${layer.name}.running_mean`][c] * scale[c]),
  );
  const affine: AffineLayer = {
    kind: 'affine',
    name: layer.name,
    inputs: layer.inputs,
    shape: input.map((n, axis) => (axis === 0 ? n : 1)),
    weight: true,
    bias: true,
  };
  replaceLayer(draft, layer, affine);
  update(draft, affine, {
    [`${layer.name}.weight`]: Float64Array.from(scale),
    [`${layer.name}.bias`]: Float64Array.from(shift),
    [reachKey(layer.name, 'bias')]: reach,
    [roundingsKey(layer.name)]: Float64Array.of(normalizationRoundings),
  });
  return true;
};
