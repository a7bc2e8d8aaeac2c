/** @file Chart: the NRS loss of one neuron as a surface over its bounds, for three scales of its batch norm. */

import { significant } from '../format.ts';
import { configValue } from '../configValue.ts';
import { measuredStates } from '../runData.ts';
import type { RunData } from '../runData.ts';
import { PAPER } from '../theme.ts';
import { isNarrow } from './chart.ts';
import type { Chart } from './chart.ts';

const GAMMAS = [0.5, 1, 2] as const;
/** Bounds are drawn from −REACH to REACH, in steps that make square cells. */
const REACH = 2;
const CELLS = 24;

/** −tanh(1 + l·u/|γ|ᵖ): Li et al. 2023, §3.2. */
function nrsLoss(lower: number, upper: number, gamma: number, power: number): number {
  return -Math.tanh(1 + (lower * upper) / gamma ** power);
}

/** Drawn where a run's neurons were measured: it is the key to their NRS loss. */
export function nrsSurfaceChart(run: RunData): Chart | undefined {
  if (!measuredStates(run).some((state) => state.neurons.layers.some((layer) => layer.nrsLoss !== undefined)))
    return undefined;
  const power = Number(configValue(run.config, ['gamma_pow']) ?? 2);
  const step = (2 * REACH) / CELLS;
  const middles = Array.from({ length: CELLS }, (_, i) => -REACH + (i + 0.5) * step);
  const rows = GAMMAS.flatMap((gamma) =>
    middles.flatMap((lower) =>
      middles
        .filter((upper) => upper >= lower)
        .map((upper) => ({ gamma, lower, upper, loss: nrsLoss(lower, upper, gamma, power) })),
    ),
  );
  return {
    id: 'nrs-surface',
    title: 'The NRS loss of a neuron',
    caption:
      `−tanh(1 + l·u/|γ|ᵖ) over the bounds l ≤ u, p = ${significant(power)}: the stronger the colour, the larger. It grows where l < 0 < u, ` +
      'with the product of the distances to 0; a small γ of the batch norm sharpens it.',
    alt: 'Heat maps of the NRS loss over lower and upper bound for γ = 0.5, 1 and 2: −1 for stable neurons, 1 in the corner where the lower bound is far below and the upper bound far above 0.',
    wide: true,
    rows,
    spec: (width) => {
      const columns = isNarrow(width) ? 1 : GAMMAS.length;
      const panel = Math.floor(Math.min(260, (width - 70 * columns) / columns));
      return {
        data: {
          values: rows.map((row) => ({
            ...row,
            right: row.lower + step / 2,
            left: row.lower - step / 2,
            top: row.upper + step / 2,
            bottom: row.upper - step / 2,
            panel: `γ = ${row.gamma}`,
          })),
        },
        padding: 6,
        facet: {
          field: 'panel',
          type: 'nominal',
          sort: GAMMAS.map((gamma) => `γ = ${gamma}`),
          header: { title: null, labelColor: PAPER.ink.light, labelFontSize: 12, labelPadding: 4 },
        },
        columns,
        spacing: 16,
        spec: {
          width: panel,
          height: isNarrow(width) ? 180 : 200,
          mark: { type: 'rect', aria: false, color: PAPER.accent.light },
          encoding: {
            x: {
              field: 'left',
              type: 'quantitative',
              title: 'Lower bound l',
              scale: { domain: [-REACH, REACH], nice: false },
              axis: { tickCount: 5, grid: false },
            },
            x2: { field: 'right' },
            y: {
              field: 'bottom',
              type: 'quantitative',
              title: 'Upper bound u',
              scale: { domain: [-REACH, REACH], nice: false },
              axis: { tickCount: 5, grid: false },
            },
            y2: { field: 'top' },
            fillOpacity: {
              field: 'loss',
              type: 'quantitative',
              scale: { domain: [-1, 1], range: [0.05, 1] },
              legend: null,
            },
          },
        },
      };
    },
  };
}
