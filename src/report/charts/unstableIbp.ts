/** @file Chart: unstable neurons by interval bounds, overall and by layer, before and after batch norm. */
import type { NeuronLayerRecord } from '../../run/records.ts';
import { percent } from '../format.ts';
import { meanOverNeurons, measuredStates } from '../runData.ts';
import { shareAxis } from './axes.ts';
import { runChart } from './chart.ts';
import { lineChart } from './lines.ts';

const OVERALL = 'all neurons';
const MEASURES = { after: 'unstable', before: 'unstableBeforeBatchNorm' } as const;

/** What the ReLU reads, and, where a batch norm stands before it, what that reads. */
function sharesOf(layers: readonly NeuronLayerRecord[]) {
  return (['after', 'before'] as const).map((batchNorm) => {
    const measure = MEASURES[batchNorm];
    const shares = layers.map((layer) => ({ layer: layer.name, share: layer[measure] }));
    return [...shares, { layer: OVERALL, share: meanOverNeurons(layers, measure) }].map((found) => ({
      batchNorm,
      ...found,
    }));
  });
}

export const unstableIbp = runChart({
  name: 'unstable-ibp',
  title: 'Unstable neurons by interval bounds',
  sentence: 'Share of neurons with l < 0 < u by interval bounds (IBP), before and after batch norm.',
  section: 'Neurons and bounds',
  needs: measuredStates,
  draw(states) {
    const rows = states.flatMap(({ state, remainRatio, neurons }) => {
      const [after, before] = sharesOf(neurons.layers);
      return after
        .flatMap((one, at) => [one, before[at]])
        .flatMap(({ layer, batchNorm, share }) =>
          share === undefined ? [] : [{ state, remaining: remainRatio, layer, batchNorm, unstable: share }],
        );
    });
    const hasBatchNorm = rows.some((row) => row.batchNorm === 'before');
    return lineChart({
      ...(hasBatchNorm && { title: 'Unstable neurons before and after batch norm' }),
      caption: `Share of neurons with l < 0 < u by interval bounds (IBP), on ${states[0].neurons.images} test images${
        hasBatchNorm ? '; solid: what the ReLU reads, dashed: what the batch norm before it reads' : ''
      }.`,
      rows,
      across: 'remaining',
      up: 'unstable',
      axis: shareAxis('Unstable neurons'),
      series: (row) => row.layer,
      overall: OVERALL,
      told: OVERALL,
      dashes: (row) => Number(row.batchNorm === 'before'),
      word: (share, { batchNorm }) =>
        `${percent(share)} unstable${hasBatchNorm ? ` ${batchNorm} batch norm` : ''}`,
    });
  },
});
