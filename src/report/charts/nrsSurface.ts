/** @file Chart: the NRS loss of one neuron as a surface over its bounds, for three scales of its batch norm. */
import { configValue } from '../configValue.ts';
import { significant } from '../format.ts';
import { measuredStates } from '../runData.ts';
import { cellPanel, panels } from './cellMap.ts';
import { runChart } from './chart.ts';
import { isNarrow } from './look.ts';

const GAMMAS = [0.5, 1, 2];
/** Bounds are drawn from −REACH to REACH, in steps that make square cells. */
const REACH = 2;
const CELLS = 24;
const STEP = (2 * REACH) / CELLS;

const axisOf = (title: string) => ({
  title,
  scale: { domain: [-REACH, REACH], nice: false },
  axis: { tickCount: 5, grid: false },
});
const AXES = {
  x: axisOf('Lower bound l'),
  y: axisOf('Upper bound u'),
  shade: { domain: [-1, 1], range: [0.05, 1] },
};

/** −tanh(1 + l·u/|γ|ᵖ): Li et al. 2023, §3.2. */
function nrsLoss(lower: number, upper: number, gamma: number, power: number): number {
  return -Math.tanh(1 + (lower * upper) / gamma ** power);
}

/** Drawn where a run's neurons were measured: it is the key to their NRS loss. */
export const nrsSurface = runChart({
  name: 'nrs-surface',
  title: 'The NRS loss of a neuron',
  sentence: '−tanh(1 + l·u/|γ|ᵖ) over the bounds l ≤ u: the stronger the colour, the larger.',
  section: 'Neurons and bounds',
  needs: (run) =>
    measuredStates(run).filter((state) => state.neurons.layers.some((layer) => layer.nrsLoss !== undefined)),
  draw(_, run) {
    const power = Number(configValue(run.config, ['gamma_pow']) ?? 2);
    const middles = Array.from({ length: CELLS }, (_, i) => -REACH + (i + 0.5) * STEP);
    const rows = GAMMAS.flatMap((gamma) =>
      middles.flatMap((lower) =>
        middles
          .filter((upper) => upper >= lower)
          .map((upper) => ({ gamma, lower, upper, loss: nrsLoss(lower, upper, gamma, power) })),
      ),
    );
    const values = rows.map(({ gamma, lower, upper, loss }) => ({
      panel: `γ = ${gamma}`,
      left: lower - STEP / 2,
      right: lower + STEP / 2,
      bottom: upper - STEP / 2,
      top: upper + STEP / 2,
      value: loss,
    }));
    return {
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
          data: { values },
          padding: 6,
          ...panels(
            'panel',
            GAMMAS.map((gamma) => `γ = ${gamma}`),
            columns,
            16,
            cellPanel(AXES, panel, isNarrow(width) ? 180 : 200),
          ),
        };
      },
    };
  },
});
