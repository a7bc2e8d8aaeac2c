/** @file Chart: sparsity of every state, overall and by layer. */
import { percent } from '../format.ts';
import { placedStates } from '../runData.ts';
import { runChart } from './chart.ts';
import { lineChart } from './lines.ts';

const OVERALL = 'all weights';

export const sparsity = runChart({
  name: 'sparsity',
  title: 'Sparsity',
  sentence: 'Share of prunable weights that are gone, state by state.',
  section: 'Pruning',
  least: 2,
  needs: (run) => placedStates(run).toSorted((a, b) => a.state - b.state),
  draw: (states) =>
    lineChart({
      rows: states.flatMap(({ state, layers, remainRatio }) => [
        ...layers.map(({ name, kept, total }) => ({
          state,
          layer: name,
          sparsity: total === 0 ? 0 : 1 - kept / total,
        })),
        { state, layer: OVERALL, sparsity: 1 - remainRatio },
      ]),
      across: 'state',
      up: 'sparsity',
      axis: () => ({
        title: 'Pruned weights',
        scale: { domain: [0, 1], nice: false },
        axis: { format: '.0%', tickCount: 6 },
      }),
      series: (row) => row.layer,
      overall: OVERALL,
      told: OVERALL,
      word: (share) => `${percent(share)} pruned`,
    }),
});
