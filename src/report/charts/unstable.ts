/** @file Chart: the share of unstable neurons, layer by layer, against remaining weights. */
import { percent } from '../format.ts';
import { placedStates, type PlacedState } from '../runData.ts';
import { shareAxis } from './axes.ts';
import { runChart } from './chart.ts';
import { lineChart } from './lines.ts';

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
