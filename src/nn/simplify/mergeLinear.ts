/** @file Two linear layers with nothing between them become one, unless that makes the network larger. */
import { layerBefore, replaceLayer, soleReader, update, type Rewrite } from './draft.ts';

/** W₂(W₁x + b₁) + b₂ = (W₂W₁)x + (W₂b₁ + b₂), in f64. */
export const mergeLinear: Rewrite = (draft, layer) => {
  const before = layerBefore(draft, layer);
  if (layer.kind !== 'linear' || before?.kind !== 'linear' || soleReader(draft, before.name) !== layer)
    return false;
  const [inner, middle, outer] = [before.inFeatures, before.outFeatures, layer.outFeatures];
  if (inner * outer > middle * (inner + outer)) return false;
  const number = (name: string) => draft.numbers[name];
  const [first, second] = [number(`${before.name}.weight`), number(`${layer.name}.weight`)];
  const [firstBias, secondBias] = [number(`${before.name}.bias`), number(`${layer.name}.bias`)];
  const weight = new Float64Array(outer * inner);
  const bias = Float64Array.from(secondBias ?? new Float64Array(outer));
  for (let o = 0; o < outer; o++)
    for (let m = 0; m < middle; m++) {
      const factor = second[o * middle + m];
      if (firstBias) bias[o] += factor * firstBias[m];
      for (let i = 0; i < inner; i++) weight[o * inner + i] += factor * first[m * inner + i];
    }
  replaceLayer(draft, before);
  update(draft, { ...layer, inputs: before.inputs, inFeatures: inner, bias: true }, { weight, bias });
  return true;
};
