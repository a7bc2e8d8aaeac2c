/** @file Chart: how the weights left in each layer are distributed, from the dense state to the sparsest. */
import { count, significant } from '../format.ts';
import { placedStates, type PlacedState } from '../runData.ts';
import { ramp } from '../theme.ts';
import { panels } from './cellMap.ts';
import { runChart } from './chart.ts';
import { isNarrow, seriesColour, stateLabel, strokeLegend } from './look.ts';

/** More curves than this hide each other; those drawn are spread evenly, the first and the last among them. */
const MOST_CURVES = 4;

/** Width of a layer's panel on a desk, gap between panels and margin of the picture, in CSS pixels. */
const PANEL = { least: 210, gap: 22, margin: 10 };

function spread(states: readonly PlacedState[]): PlacedState[] {
  const last = states.length - 1;
  const curves = Math.min(states.length, MOST_CURVES);
  return Array.from(
    { length: curves },
    (_, i) => states[curves === 1 ? 0 : Math.round((i * last) / (curves - 1))],
  );
}

/** Histograms of every layer as curves, a panel a layer. */
export const weights = runChart({
  name: 'weights',
  title: 'Weights by layer',
  sentence:
    'Distribution of the weights that are left, each curve of the same area. Pruning by magnitude shows as a gap at 0.',
  section: 'Pruning',
  needs: (run) => placedStates(run).filter((state) => (state.meta?.weights?.length ?? 0) > 0),
  draw(states) {
    const rows = states.flatMap((state) =>
      state.meta!.weights!.flatMap(({ name, limit, counts }) => {
        const width = (2 * limit) / counts.length;
        const kept = counts.reduce((sum, n) => sum + n, 0);
        return counts.map((bin, at) => ({
          state: state.state,
          remaining: state.remainRatio,
          layer: name,
          weight: -limit + (at + 0.5) * width,
          weights: bin,
          density: kept === 0 ? 0 : bin / (kept * width),
        }));
      }),
    );
    const drawn = spread(states);
    const labels = new Map(drawn.map((state) => [state.state, stateLabel(state)]));
    const names = [...labels.values()];
    const curves = rows
      .filter((row) => labels.has(row.state))
      .map((row) => ({
        ...row,
        label: labels.get(row.state)!,
        tip: `${row.layer}, state ${labels.get(row.state)}: ${count(row.weights)} weights about ${significant(row.weight)}`,
      }));
    const layers = [...new Set(rows.map((row) => row.layer))];
    const last = drawn.at(-1)!;
    return {
      caption: `Distribution of the weights that are left, each curve of the same area${
        states.length > drawn.length ? `; ${drawn.length} of ${states.length} states are drawn` : ''
      }. Pruning by magnitude shows as a gap at 0.`,
      alt: `Histograms of weights. In state ${stateLabel(last)} they reach ${last
        .meta!.weights!.map(({ name, limit }) => `${significant(limit)} in ${name}`)
        .join(', ')}.`,
      wide: true,
      rows,
      spec: (width) => {
        const inner = width - 2 * PANEL.margin;
        const fitting = Math.max(1, Math.floor((inner + PANEL.gap) / (PANEL.least + PANEL.gap)));
        const columns = isNarrow(width) ? 1 : Math.min(layers.length, fitting);
        return {
          data: { values: curves },
          padding: PANEL.margin,
          resolve: { scale: { x: 'independent', y: 'independent' } },
          ...panels('layer', layers, columns, PANEL.gap, {
            width: Math.floor((inner - (columns - 1) * PANEL.gap) / columns),
            height: isNarrow(width) ? 90 : 120,
            encoding: {
              x: {
                field: 'weight',
                type: 'quantitative',
                title: null,
                scale: { nice: false },
                axis: { tickCount: 4, grid: false, labelOverlap: 'greedy', labelSeparation: 8 },
              },
              y: { field: 'density', type: 'quantitative', title: null, axis: null },
              color: {
                ...seriesColour('label', names, ramp(names.length)),
                legend: strokeLegend(names, width),
              },
            },
            layer: [
              { mark: { type: 'line', interpolate: 'step', aria: false, strokeWidth: 1.5 } },
              {
                mark: { type: 'point', opacity: 0, size: 18 },
                encoding: { description: { field: 'tip' } },
              },
            ],
          }),
        };
      },
    };
  },
});
