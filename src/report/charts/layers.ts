/** @file Chart: remaining weights of every layer in every state, as a table of tinted cells. */
import { listed, remaining } from '../format.ts';
import { placedStates } from '../runData.ts';
import { PAPER } from '../theme.ts';
import { runChart } from './chart.ts';
import { framed, isNarrow, rowsAxis, stateLabel } from './look.ts';

const SENTENCE = 'Where the weights went: each cell is the share of a layer’s weights that a state keeps.';

export const layers = runChart({
  name: 'layers',
  title: 'Remaining weights by layer',
  sentence: SENTENCE,
  section: 'Pruning',
  least: 2,
  needs: (run) => placedStates(run).filter((state) => state.layers.length > 0),
  draw(states) {
    const rows = states.flatMap((state) =>
      state.layers.map(({ name, kept, total }) => ({
        state: state.state,
        remaining: state.remainRatio,
        layer: name,
        kept,
        total,
        layerRemaining: total === 0 ? 1 : kept / total,
      })),
    );
    const names = [...new Set(rows.map((row) => row.layer))];
    const last = states.at(-1)!;
    // The rule that no layer loses everything.
    const rescued = states.flatMap(({ state, prune }) =>
      (prune?.rescued ?? []).map((key) => `${key.replace(/\.weight$/, '')} (state ${state})`),
    );
    return {
      caption: `${SENTENCE}${rescued.length === 0 ? '' : ` Pruning spared the last of ${listed(rescued)}.`}`,
      alt: `Table of shares. In the sparsest state: ${rows
        .filter((row) => row.state === last.state)
        .map((row) => `${row.layer} ${remaining(row.layerRemaining)}`)
        .join(', ')}.`,
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
          { step: isNarrow(width) ? 32 : Math.max(30, Math.min(56, 220 / names.length)) },
          {
            data: { values },
            encoding: {
              x: {
                field: 'label',
                type: 'ordinal',
                sort: states.map((state) => String(state.state)),
                title: `State (${stateLabel(states[0])} to ${stateLabel(last)})`,
                axis: { labelAngle: 0, ticks: false, domain: false, labelOverlap: 'greedy' },
              },
              y: rowsAxis('layer', names),
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
                ? [
                    {
                      mark: { type: 'text', aria: false, fontSize: 11 },
                      encoding: { text: { field: 'text' } },
                    },
                  ]
                : []),
            ],
          },
        );
      },
    };
  },
});
