/** @file Chart: the share of unstable neurons, layer by layer, against remaining weights. */

import { percent, remaining } from '../format.ts';
import { placedStates } from '../runData.ts';
import type { PlacedState, RunData } from '../runData.ts';
import { ramp } from '../theme.ts';
import { framed, isNarrow, remainingAxis, seriesColour, shareAxis } from './chart.ts';
import { layerLines } from './layerLines.ts';
import type { Chart } from './chart.ts';

/** Ratios after CROWN from verification, else those of the last training epoch that measured them. */
function ratiosOf(state: PlacedState): Readonly<Record<string, number>> {
  const measured = state.verification?.unstableRatioByLayer;
  if (measured !== undefined && Object.keys(measured).length > 0) return measured;
  return state.epochs.findLast((epoch) => epoch.unstableRatioByLayer)?.unstableRatioByLayer ?? {};
}

/** One line a layer, first layer to last in the order of the ramp. */
export function unstableChart(run: RunData): Chart | undefined {
  const states = placedStates(run);
  const rows = states.flatMap((state) =>
    Object.entries(ratiosOf(state)).map(([layer, unstable]) => ({
      state: state.state,
      remaining: state.remainRatio,
      layer,
      unstable,
      tip: `${layer}: ${percent(unstable)} unstable, ${remaining(state.remainRatio)} remaining`,
    })),
  );
  if (rows.length === 0) return undefined;
  const layers = [...new Set(rows.map((row) => row.layer))];
  const largest = Math.max(...rows.map((row) => row.unstable));
  const top = Math.min(1, Math.max(0.05, Math.ceil(largest * 1.08 * 20) / 20));
  const color = seriesColour('layer', layers, ramp(layers.length));
  const ends = layers.map((layer) => {
    const own = rows.filter((row) => row.layer === layer);
    return `${layer} from ${percent(own[0].unstable)} to ${percent(own.at(-1)!.unstable)}`;
  });
  return {
    id: 'unstable',
    title: 'Unstable neurons by layer',
    caption:
      'Share of neurons whose sign the bounds leave undecided, averaged over the verified images. ' +
      'Fewer unstable neurons make tighter relaxations and shorter searches.',
    alt: `Line chart of unstable neurons, densest state to sparsest: ${ends.join('; ')}.`,
    wide: false,
    rows: rows.map(({ tip: _, ...row }) => row),
    spec: (width) => {
      const y = shareAxis('unstable', 'Unstable neurons');
      return framed(width, isNarrow(width) ? 220 : 260, {
        data: { values: rows },
        encoding: {
          x: remainingAxis([...new Set(rows.map((row) => row.remaining))], width),
          y: { ...y, scale: { domain: [0, top], nice: false } },
        },
        ...layerLines({ color, layers, width, size: 45 }),
      });
    },
  };
}
