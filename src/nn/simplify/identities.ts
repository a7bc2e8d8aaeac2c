/** @file Layers that change nothing are dropped; normalisations become the affine maps they are. */
import type { AffineLayer } from '../layers/affine.ts';
import { channelNumbers } from '../channelNumbers.ts';
import { ruleOf } from '../layers/rules.ts';
import { reachKey, roundingsKey } from '../reach.ts';
import { bypass, layerBefore, replaceLayer, shapesOf, update, type Rewrite } from './draft.ts';

/** The last layer stays where nothing but the input would be left. */
export const dropIdentity: Rewrite = (draft, layer) => {
  const { isIdentity } = ruleOf(layer);
  const needed = layer.inputs[0] === 'input' && draft.layers.at(-1)!.name === layer.name;
  if (needed || !isIdentity) return false;
  if (!isIdentity(layer, shapesOf(draft).get(layer.inputs[0])!, layerBefore(draft, layer))) return false;
  bypass(draft, layer);
  return true;
};

/** A reshape or flatten after another one of them needs only the last. */
export const joinReshapes: Rewrite = (draft, layer) => {
  const before = layerBefore(draft, layer);
  if (!before || [layer, before].some((l) => ruleOf(l).form !== 'relabels')) return false;
  update(draft, { ...layer, inputs: before.inputs }, {});
  if (!draft.layers.some((l) => l.inputs.includes(before.name))) replaceLayer(draft, before);
  return true;
};

/** Roundings of a normalisation in f32, in whatever form it is computed, beside one product and one sum. */
const normalizationRoundings = 6;

/** Layers that scale each channel, batch norm in evaluation mode among them, as affine layers of the same name. */
export const normalizationToAffine: Rewrite = (draft, layer) => {
  const found = channelNumbers(layer, draft.numbers);
  if (!found) return false;
  const input = shapesOf(draft).get(layer.inputs[0])!;
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
    [`${layer.name}.weight`]: found.scale,
    [`${layer.name}.bias`]: found.shift,
    [reachKey(layer.name, 'bias')]: found.reach,
    [roundingsKey(layer.name)]: Float64Array.of(normalizationRoundings),
  });
  return true;
};
