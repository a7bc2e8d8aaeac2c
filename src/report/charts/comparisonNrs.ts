/** @file Chart: the NRS loss of several runs. */

import { meanOverNeurons } from '../runData.ts';
import { comparedChart } from './comparedRuns.ts';

export const comparisonNrs = comparedChart({
  name: 'comparison-nrs',
  title: 'NRS loss against remaining weights',
  sentence: 'Mean over all neurons, from −1 (stable) to 1, over the first test images at the run’s radius.',
  column: 'nrsLoss',
  of: (state) =>
    meanOverNeurons(state.neurons?.layers ?? [], 'nrsLoss') ??
    state.epochs.findLast((epoch) => epoch.nrsLoss !== undefined)?.nrsLoss,
  word: (value) => `NRS loss ${value.toFixed(3).replace('-', '−')}`,
  axis: (values) => ({
    title: 'NRS loss',
    scale: {
      domain: [
        Math.max(-1, Math.floor(Math.min(...values) * 10 - 0.2) / 10),
        Math.min(1, Math.ceil(Math.max(...values) * 10 + 0.2) / 10),
      ],
      nice: false,
    },
    axis: { format: '.2~f', tickCount: 6 },
  }),
});
