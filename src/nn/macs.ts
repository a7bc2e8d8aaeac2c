/** @file Multiply-accumulates of weighted layers. */
import { sizeOf, type Shape } from '../tensor/index.ts';
import type { Layer, Network } from './network.ts';
import { layerShapes } from './shapes.ts';

/** Of one layer for one input, zeros multiplied too; 0 for layers without weights. @param shapes of `layerShapes` */
export function layerMacs(layer: Layer, shapes: ReadonlyMap<string, Shape>): number {
  if (layer.kind === 'linear') return layer.inFeatures * layer.outFeatures;
  if (layer.kind !== 'conv2d') return 0;
  const each = (layer.inChannels / layer.groups) * layer.kernel[0] * layer.kernel[1];
  return sizeOf(shapes.get(layer.name)!) * each;
}

/** Of convolutions and linear layers for one input. */
export function macsOf(network: Network): number {
  const shapes = layerShapes(network);
  return network.layers.reduce((total, layer) => total + layerMacs(layer, shapes), 0);
}
