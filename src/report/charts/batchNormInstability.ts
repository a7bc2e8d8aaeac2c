/** @file Chart: unstable neurons by interval bounds, overall and by layer, before and after batch norm. */

import type { NeuronLayerRecord } from '../../run/records.ts';
import { percent, remaining } from '../format.ts';
import { measuredStates } from '../runData.ts';
import type { RunData } from '../runData.ts';
import { PAPER, ramp } from '../theme.ts';
import { framed, isNarrow, remainingAxis, seriesColour, shareAxis } from './chart.ts';
import { layerLines } from './layerLines.ts';
import type { Chart } from './chart.ts';

const OVERALL = 'all neurons';
const AFTER = 'after';
const BEFORE = 'before';

/** Solid after batch norm, dashed before it. */
const dashes = {
  strokeDash: {
    field: 'batchNorm',
    type: 'nominal',
    scale: {
      domain: [AFTER, BEFORE],
      range: [
        [1, 0],
        [4, 3],
      ],
    },
    legend: null,
  },
};

/** Share over all neurons of the layers where `share` is known. */
function overall(
  layers: readonly NeuronLayerRecord[],
  share: (layer: NeuronLayerRecord) => number | undefined,
): number | undefined {
  const known = layers.filter((layer) => share(layer) !== undefined);
  const neurons = known.reduce((sum, layer) => sum + layer.neurons, 0);
  return neurons === 0
    ? undefined
    : known.reduce((sum, layer) => sum + share(layer)! * layer.neurons, 0) / neurons;
}

/** What the ReLU reads (solid), and, where a batch norm stands before it, what that reads (dashed). */
export function batchNormInstabilityChart(run: RunData): Chart | undefined {
  const states = measuredStates(run);
  const rows = states.flatMap((state) => {
    const { layers } = state.neurons;
    const all = [
      ...layers.map(({ name, unstable, unstableBeforeBatchNorm }) => ({
        layer: name,
        after: unstable,
        before: unstableBeforeBatchNorm,
      })),
      {
        layer: OVERALL,
        after: overall(layers, (layer) => layer.unstable),
        before: overall(layers, (layer) => layer.unstableBeforeBatchNorm),
      },
    ];
    return all.flatMap(({ layer, after, before }) =>
      [
        { batchNorm: AFTER, unstable: after },
        { batchNorm: BEFORE, unstable: before },
      ].flatMap(({ batchNorm, unstable }) =>
        unstable === undefined
          ? []
          : [{ state: state.state, remaining: state.remainRatio, layer, batchNorm, unstable }],
      ),
    );
  });
  if (rows.length === 0) return undefined;
  const layers = [...new Set(rows.map((row) => row.layer))];
  const hasBatchNorm = rows.some((row) => row.batchNorm === BEFORE);
  const tones = ramp(layers.length - 1);
  const color = seriesColour('layer', layers, [...tones, PAPER.ink]);
  const values = rows.map((row) => ({
    ...row,
    tip: `${row.layer}${hasBatchNorm ? `, ${row.batchNorm} batch norm` : ''}: ${percent(row.unstable)} unstable, ${remaining(row.remaining)} remaining`,
  }));
  const most = Math.max(...rows.map((row) => row.unstable));
  const ends = rows.filter((row) => row.layer === OVERALL && row.batchNorm === AFTER);
  return {
    id: 'unstable-ibp',
    title: hasBatchNorm
      ? 'Unstable neurons before and after batch norm'
      : 'Unstable neurons by interval bounds',
    caption: `Share of neurons with l < 0 < u by interval bounds (IBP), on ${states[0].neurons.images} test images${
      hasBatchNorm ? '; solid: what the ReLU reads, dashed: what the batch norm before it reads' : ''
    }.`,
    alt: `Line chart. Unstable over all neurons: ${ends
      .map((row) => `${percent(row.unstable)} at ${remaining(row.remaining)}`)
      .join(', ')}.`,
    wide: false,
    rows,
    spec: (width) => {
      const y = shareAxis('unstable', 'Unstable neurons');
      const top = Math.min(1, Math.max(0.05, Math.ceil(most * 1.08 * 20) / 20));
      return framed(width, isNarrow(width) ? 210 : 240, {
        data: { values },
        encoding: {
          x: remainingAxis([...new Set(rows.map((row) => row.remaining))], width),
          y: { ...y, scale: { domain: [0, top], nice: false } },
        },
        ...layerLines({
          color,
          layers,
          width,
          size: 36,
          line: dashes,
          point: { detail: { field: 'batchNorm' } },
        }),
      });
    },
  };
}
