/** @file Chart: the mean width of each layer's pre-activation intervals. */

import { layerChart } from './measuredLayers.ts';

export const intervalWidth = layerChart({
  name: 'interval-width',
  title: 'Width of pre-activation intervals',
  sentence: 'Mean of u − l over a layer’s neurons, on a logarithmic scale.',
  axis: 'Mean u − l',
  of: (layer) => layer.width,
  log: true,
});
