/** @file Chart: the NRS loss of every layer. */

import { meanOverNeurons } from '../runData.ts';
import { layerChart } from './measuredLayers.ts';

export const nrsLoss = layerChart({
  name: 'nrs-loss',
  title: 'NRS loss by layer',
  sentence:
    'Mean of −tanh(1 + l·u/|γ|ᵖ) over a layer’s neurons: −1 where no bounds come near a change of sign, up to 1 where all reach far to both sides of 0.',
  axis: 'NRS loss',
  of: (layer) => layer.nrsLoss,
  overall: { name: 'all neurons', of: (layers) => meanOverNeurons(layers, 'nrsLoss') },
});
