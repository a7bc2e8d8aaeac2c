/** @file Chart: sparsity of every state, overall and by layer. */

import { percent } from '../format.ts';
import { placedStates } from '../runData.ts';
import type { RunData } from '../runData.ts';
import { PAPER, ramp } from '../theme.ts';
import { framed, isNarrow, seriesColour } from './chart.ts';
import { layerLines } from './layerLines.ts';
import type { Chart } from './chart.ts';

const OVERALL = 'all weights';

/** Share of pruned weights: one line a layer and one for all prunable weights. */
export function sparsityChart(run: RunData): Chart | undefined {
  const states = placedStates(run).toSorted((a, b) => a.state - b.state);
  if (states.length < 2) return undefined;
  const rows = states.flatMap((state) => [
    ...state.layers.map(({ name, kept, total }) => ({
      state: state.state,
      layer: name,
      sparsity: total === 0 ? 0 : 1 - kept / total,
    })),
    { state: state.state, layer: OVERALL, sparsity: 1 - state.remainRatio },
  ]);
  const layers = [...new Set(rows.map((row) => row.layer))].toSorted(
    (a, b) => Number(a === OVERALL) - Number(b === OVERALL),
  );
  const color = seriesColour('layer', layers, [
    ...(layers.length > 1 ? ramp(layers.length - 1) : []),
    PAPER.ink,
  ]);
  const values = rows.map((row) => ({
    ...row,
    tip: `State ${row.state}, ${row.layer}: ${percent(row.sparsity)} pruned`,
  }));
  const whole = rows.filter((row) => row.layer === OVERALL);
  return {
    id: 'sparsity',
    title: 'Sparsity',
    caption: 'Share of prunable weights that are gone, state by state.',
    alt: `Line chart of sparsity: ${whole.map((row) => `state ${row.state} ${percent(row.sparsity)}`).join(', ')}.`,
    wide: false,
    rows,
    spec: (width) =>
      framed(width, isNarrow(width) ? 200 : 240, {
        data: { values },
        encoding: {
          x: {
            field: 'state',
            type: 'quantitative',
            title: 'State',
            scale: { nice: false },
            axis: { tickMinStep: 1, format: 'd', tickCount: Math.min(10, states.length), grid: false },
          },
          y: {
            field: 'sparsity',
            type: 'quantitative',
            title: 'Pruned weights',
            scale: { domain: [0, 1], nice: false },
            axis: { format: '.0%', tickCount: 6 },
          },
        },
        ...layerLines({ color, layers, width, size: 36 }),
      }),
  };
}
