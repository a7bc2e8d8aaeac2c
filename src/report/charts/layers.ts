/** @file Chart: remaining weights of every layer in every state, as a table of tinted cells. */

import { listed, remaining } from '../format.ts';
import { placedStates } from '../runData.ts';
import type { PlacedState, RunData } from '../runData.ts';
import { PAPER } from '../theme.ts';
import { framed, isNarrow, stateLabel } from './chart.ts';
import type { Chart } from './chart.ts';

/** Where the rule acted that no layer loses everything; begins with a space. */
function rescues(states: readonly PlacedState[]): string {
  const found = states.flatMap(({ state, prune }) =>
    (prune?.rescued ?? []).map((key) => `${key.replace(/\.weight$/, '')} (state ${state})`),
  );
  return found.length === 0 ? '' : ` Pruning spared the last of ${listed(found)}.`;
}

/** Where pruning took place: one row a layer, one column a state. */
export function layersChart(run: RunData): Chart | undefined {
  const states = placedStates(run).filter((state) => state.layers.length > 0);
  if (states.length < 2) return undefined;
  const rows = states.flatMap((state) =>
    state.layers.map((layer) => ({
      state: state.state,
      remaining: state.remainRatio,
      layer: layer.name,
      kept: layer.kept,
      total: layer.total,
      layerRemaining: layer.total === 0 ? 1 : layer.kept / layer.total,
    })),
  );
  const layers = [...new Set(rows.map((row) => row.layer))];
  return {
    id: 'layers',
    title: 'Remaining weights by layer',
    caption: `Where the weights went: each cell is the share of a layer’s weights that a state keeps.${rescues(states)}`,
    alt: `Table of shares. In the sparsest state: ${states
      .at(-1)!
      .layers.map((layer) => `${layer.name} ${remaining(layer.kept / layer.total)}`)
      .join(', ')}.`,
    wide: false,
    rows,
    spec: (width) => {
      // Text in a cell needs about 34 pixels; with more states than fit, the tint alone speaks.
      const written = (width - 90) / states.length >= (isNarrow(width) ? 30 : 36);
      const values = rows.map((row) => ({
        ...row,
        label: String(row.state),
        text: remaining(row.layerRemaining).replace(/\s*%$/, ''),
        tip: `${row.layer}, state ${row.state} (${remaining(row.remaining)} overall): ${row.kept} of ${row.total} weights, ${remaining(row.layerRemaining)}`,
      }));
      return framed(
        width,
        { step: isNarrow(width) ? 32 : Math.max(30, Math.min(56, 220 / layers.length)) },
        {
          data: { values },
          encoding: {
            x: {
              field: 'label',
              type: 'ordinal',
              sort: states.map((state) => String(state.state)),
              title: `State (${stateLabel(states[0])} to ${stateLabel(states.at(-1)!)})`,
              axis: { labelAngle: 0, ticks: false, domain: false, labelOverlap: 'greedy' },
            },
            y: {
              field: 'layer',
              type: 'ordinal',
              sort: layers,
              title: null,
              axis: { ticks: false, domain: false, labelLimit: 90 },
            },
          },
          layer: [
            {
              mark: { type: 'rect', color: PAPER.accent.light, stroke: PAPER.panel.light, strokeWidth: 2 },
              encoding: {
                fillOpacity: {
                  field: 'layerRemaining',
                  type: 'quantitative',
                  scale: { domain: [0, 1], range: [0.04, 0.5] },
                  legend: null,
                },
                description: { field: 'tip' },
              },
            },
            ...(written
              ? [{ mark: { type: 'text', aria: false, fontSize: 11 }, encoding: { text: { field: 'text' } } }]
              : []),
          ],
        },
      );
    },
  };
}
