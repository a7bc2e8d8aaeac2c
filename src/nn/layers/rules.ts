/** @file What is known of a layer, by its kind. */
import type { Tensor } from '../../tensor/index.ts';
import type { Layer, LayerKind } from '../network.ts';
import type { LayerRule, ParameterDeclaration, WeightLayout } from './definition.ts';
import { layerRules } from './table.ts';

/** The rule of a layer's kind, seen as taking any layer: hand it this very layer only. */
export const ruleOf = ({ kind }: { readonly kind: LayerKind }): LayerRule<Layer> => layerRules[kind];

/** Parameters and buffers of one layer, in PyTorch's order. */
export const parametersOf = (layer: Layer): readonly ParameterDeclaration[] =>
  ruleOf(layer).parameters?.(layer) ?? [];

/** Layout of a layer's weights; undefined where it has none. */
export const weightOf = (layer: Layer): WeightLayout | undefined => ruleOf(layer).weight?.(layer);

/** Whether it bends each element at 0 and is linear on both sides: relu and its kin. */
export const bendsAtZero = (layer: Layer): boolean => ruleOf(layer).elementwise?.kink === 0;

/** Whether it gives 0 to everything that is not positive. */
export const vanishesBelowZero = (layer: Layer): boolean => {
  const at = ruleOf(layer).elementwise?.at;
  return at !== undefined && bendsAtZero(layer) && at(-1, layer) === 0 && at(0, layer) === 0;
};

/** The layer's result in evaluation mode. @param parameter its own parameters by name */
export const resultOf = (
  layer: Layer,
  inputs: readonly Tensor[],
  parameter: (name: string) => Tensor,
): Tensor =>
  ruleOf(layer).forward({ layer, inputs, mode: 'eval', parameter, recordStatistics: () => undefined });
