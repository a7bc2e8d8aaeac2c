/** @file Two linear layers with nothing between them become one, unless that makes the network larger. */
import { denseWeight } from '../channelSpaces.ts';
import type { WeightLayout } from '../layers/definition.ts';
import { ruleOf } from '../layers/rules.ts';
import type { Layer } from '../network.ts';
import { mergedNumbers, reachOf, roundingsOf } from '../reach.ts';
import {
  layerBefore,
  replaceLayer,
  shapesOf,
  soleReader,
  update,
  type Draft,
  type Rewrite,
} from './draft.ts';

interface Parts {
  readonly weight: ArrayLike<number>;
  readonly bias: ArrayLike<number> | undefined;
}

/** W₂W₁ and W₂b₁ + b₂, in f64. */
function product(
  first: Parts,
  second: Parts,
  [inner, middle, outer]: readonly [number, number, number],
): { weight: Float64Array; bias: Float64Array } {
  const weight = new Float64Array(outer * inner);
  const bias = Float64Array.from(second.bias ?? new Float64Array(outer));
  for (let o = 0; o < outer; o++)
    for (let m = 0; m < middle; m++) {
      const factor = second.weight[o * middle + m];
      if (first.bias) bias[o] += factor * first.bias[m];
      for (let i = 0; i < inner; i++) weight[o * inner + i] += factor * first.weight[m * inner + i];
    }
  return { weight, bias };
}

/** The weights of a layer that multiplies a vector by them. */
const matrixOf = (draft: Draft, layer: Layer): WeightLayout | undefined =>
  shapesOf(draft).get(layer.name)!.length === 1 ? denseWeight(layer) : undefined;

/** W₂(W₁x + b₁) + b₂ = (W₂W₁)x + (W₂b₁ + b₂), where f32 holds the result. */
export const mergeLinear: Rewrite = (draft, layer) => {
  const before = layerBefore(draft, layer);
  const [first, second] = [before, layer].map((l) => l && matrixOf(draft, l));
  if (!before || !first || !second || soleReader(draft, before.name) !== layer) return false;
  const sizes = [first.inputs, first.outputs, second.outputs] as const;
  const [inner, middle, outer] = sizes;
  if (inner * outer > middle * (inner + outer)) return false;
  const { numbers } = draft;
  const valuesOf = (name: string): Parts => ({
    weight: numbers[`${name}.weight`],
    bias: numbers[`${name}.bias`],
  });
  const reachesOf = (name: string): Parts => ({
    weight: reachOf(numbers, name, 'weight')!,
    bias: reachOf(numbers, name, 'bias'),
  });
  const values = product(valuesOf(before.name), valuesOf(layer.name), sizes);
  const reach = product(reachesOf(before.name), reachesOf(layer.name), sizes);
  const roundings = middle + 2 + roundingsOf(numbers, before.name) + roundingsOf(numbers, layer.name);
  const merged = mergedNumbers(
    layer.name,
    { values: values.weight, reach: reach.weight },
    { values: values.bias, reach: reach.bias },
    roundings,
  );
  if (!merged) return false;
  replaceLayer(draft, before);
  const wider = ruleOf(layer).resized!(layer, { inputs: inner });
  update(draft, { ...wider, inputs: before.inputs, bias: true } as Layer, merged);
  return true;
};
