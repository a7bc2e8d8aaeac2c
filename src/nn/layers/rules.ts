/** @file What is known of a layer, by its kind. */
import type { Tensor } from '../../tensor/index.ts';
import type { Layer, LayerKind } from '../network.ts';
import type { LayerRule, ParameterDeclaration } from './definition.ts';
import { layerRules } from './table.ts';

/** The rule of a layer's kind, seen as taking any layer: hand it this very layer only. */
export const ruleOf = ({ kind }: { readonly kind: LayerKind }): LayerRule<Layer> => layerRules[kind];

/** Parameters and buffers of one layer, in PyTorch's order. */
export const parametersOf = (layer: Layer): readonly ParameterDeclaration[] =>
  ruleOf(layer).parameters?.(layer) ?? [];

/** The layer's result in evaluation mode. @param parameter its own parameters by name */
export const resultOf = (
  layer: Layer,
  inputs: readonly Tensor[],
  parameter: (name: string) => Tensor,
): Tensor =>
  ruleOf(layer).forward({ layer, inputs, mode: 'eval', parameter, recordStatistics: () => undefined });
