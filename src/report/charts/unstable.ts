/** @file Charts: unstable neurons layer by layer, by the tightest bounds known, and by interval bounds before and after batch norm. */
import { percent } from '../format.ts';
import { placedStates, meanOverNeurons, measuredStates, type PlacedState } from '../runData.ts';
import { shareAxis } from './axes.ts';
import { runChart } from './chart.ts';
import { lineChart } from './lines.ts';
import type { NeuronLayerRecord } from '../../run/records.ts';

/** Ratios after CROWN from verification, else those of the last training epoch that measured them. */
function ratiosOf(state: PlacedState): Readonly<Record<string, number>> {
  const measured = state.verification?.unstableRatioByLayer;
  if (measured !== undefined && Object.keys(measured).length > 0) return measured;
  return state.epochs.findLast((epoch) => epoch.unstableRatioByLayer)?.unstableRatioByLayer ?? {};
}

export const unstable = runChart({
  name: 'unstable',
  title: 'Unstable neurons by layer',
  sentence:
    'Share of neurons whose sign the bounds leave undecided, averaged over the verified images. ' +
    'Fewer unstable neurons make tighter relaxations and shorter searches.',
  section: 'Neurons and bounds',
  needs: placedStates,
  draw: (states) =>
    lineChart({
      rows: states.flatMap((state) =>
        Object.entries(ratiosOf(state)).map(([layer, ratio]) => ({
          state: state.state,
          remaining: state.remainRatio,
          layer,
          unstable: ratio,
        })),
      ),
      across: 'remaining',
      up: 'unstable',
      axis: shareAxis('Unstable neurons'),
      series: (row) => row.layer,
      word: (share) => `${percent(share)} unstable`,
    }),
});

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
