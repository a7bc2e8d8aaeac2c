/** @file Chart: the bound products of every layer, and their product over the layers. */

import { geometricMean } from '../runData.ts';
import { layerChart } from './measuredLayers.ts';

export const boundProduct = layerChart({
  name: 'bound-product',
  title: 'Bound products',
  sentence:
    'Mean of |l|·u over a layer’s neurons, 0 for stable ones: twice the area of the ReLU’s triangle relaxation. ' +
    'Geometric mean: the product over all layers, brought to the scale of one.',
  axis: 'Mean |l|·u',
  of: (layer) => layer.boundProduct,
  log: true,
  overall: {
    name: 'geometric mean',
    of: (layers) => geometricMean(layers.map((layer) => layer.boundProduct!)),
  },
});
