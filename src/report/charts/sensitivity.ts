/** @file Chart: how strongly the margin reacts to a layer's neurons. */

import { layerChart } from './measuredLayers.ts';

export const sensitivity = layerChart({
  name: 'sensitivity',
  title: 'Sensitivity by layer',
  sentence:
    'Mean |∂margin/∂a| over a layer’s neurons, a being the ReLU’s output: how much the margin of the label over the ' +
    'best other class moves with a neuron.',
  axis: 'Mean |∂margin/∂a|',
  of: (layer) => layer.sensitivity,
  log: true,
  bounds: false,
});
