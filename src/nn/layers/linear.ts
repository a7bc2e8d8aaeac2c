/** @file linear: x·Wᵀ + b. */
import { linear as affine } from '../../tensor/index.ts';
import type { LinearLayer } from '../network.ts';
import { uniformParameters } from './conv2d.ts';
import { unfit, type LayerRule } from './definition.ts';

export const linear: LayerRule<LinearLayer> = {
  shape(layer, inputs) {
    if (inputs[0].length !== 1 || inputs[0][0] !== layer.inFeatures)
      throw unfit(layer, inputs, `it needs ${layer.inFeatures} features`);
    return [layer.outFeatures];
  },
  parameters: (layer) => uniformParameters([layer.outFeatures, layer.inFeatures], layer.bias),
  forward: ({ layer, inputs, parameter }) =>
    affine(inputs[0], parameter('weight'), layer.bias ? parameter('bias') : undefined),
};
