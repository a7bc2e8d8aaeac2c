/** @file Multiply-accumulates of weighted layers. */
import { sizeOf, type Shape } from '../tensor/index.ts';
import { weightOf } from './layers/rules.ts';
import type { Layer, Network } from './network.ts';
import { layerShapes } from './shapes.ts';

/** Of one layer for one input, zeros multiplied too; 0 for layers without weights. @param shapes of `layerShapes` */
export function layerMacs(layer: Layer, shapes: ReadonlyMap<string, Shape>): number {
  const layout = weightOf(layer);
  if (!layout) return 0;
  const { outputs, inputs, groups, taps, transposed } = layout;
  // Each weight is used once at every place of the side that its kernel stands on.
  const [, ...places] = shapes.get(transposed ? layer.inputs[0] : layer.name)!;
  return ((outputs * inputs) / groups) * taps * sizeOf(places);
}

/** Of all layers with weights, for one input. */
export function macsOf(network: Network): number {
  const shapes = layerShapes(network);
  return network.layers.reduce((total, layer) => total + layerMacs(layer, shapes), 0);
}
