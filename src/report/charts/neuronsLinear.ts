/** @file Chart: neurons by instability × sensitivity on linear axes. */
import { rescaledCounts } from '../../train/neuronRecord.ts';
import { significant } from '../format.ts';
import { measuredStates } from '../runData.ts';
import { runChart } from './chart.ts';
import { neuronMaps } from './neuronMaps.ts';

export const neuronsLinear = runChart({
  name: 'neurons-linear',
  title: 'Instability × sensitivity, linear',
  sentence:
    'Instability: share of test images at which the neuron’s interval bounds (IBP) hold both signs. ' +
    'Sensitivity: mean |∂margin/∂a| of its output a, the margin being that of the label over the best other class. ' +
    'The stronger a cell’s colour, the more neurons (logarithmic). Axes are linear, the same in all states.',
  section: 'Neurons and bounds',
  needs: measuredStates,
  draw(states) {
    const widest = Math.max(...states.map((state) => state.neurons.linear.limit));
    const { counts } = states[0].neurons.linear;
    // Half as many columns as are recorded: still fine enough, and cells that can be told apart.
    const columns = Math.ceil(counts[0].length / 2);
    return neuronMaps(states, {
      scaleWords: 'linear',
      countsOf: ({ neurons }) => rescaledCounts(neurons.linear, widest * 2),
      edges: (row, column) => ({
        sensitivity: (column / columns) * widest,
        sensitivityTo: ((column + 1) / columns) * widest,
        instability: row / counts.length,
        instabilityTo: (row + 1) / counts.length,
      }),
      axes: () => ({
        x: {
          title: `Sensitivity (last column: ${significant(widest)} and more)`,
          scale: { domain: [0, widest], nice: false },
          axis: { tickCount: 4, grid: false, format: '~g' },
        },
        y: {
          title: 'Instability',
          scale: { domain: [0, 1] },
          axis: { format: '.0%', tickCount: 5, grid: false },
        },
      }),
    });
  },
});
