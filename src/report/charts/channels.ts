/** @file Chart: which output channels of every layer survive in every state; only where masks remove whole channels. */
import { counted } from '../format.ts';
import { grouped } from '../levels.ts';
import { placedStates } from '../runData.ts';
import { PAPER } from '../theme.ts';
import { runChart } from './chart.ts';
import { framed, isNarrow, rowsAxis, stateLabel } from './look.ts';

export const channels = runChart({
  name: 'channels',
  title: 'Surviving channels',
  sentence: 'One cell a channel. The stronger the tint, the longer the channel lives.',
  section: 'Pruning',
  needs: (run) => placedStates(run).filter((state) => state.layers.some((layer) => layer.channels)),
  draw(states) {
    const rows = states.flatMap((state) =>
      state.layers.flatMap((layer) =>
        (layer.channels ?? []).map((alive, channel) => ({
          state: state.state,
          remaining: state.remainRatio,
          layer: layer.name,
          channel,
          alive,
        })),
      ),
    );
    // How many states a channel lives through says all: pruned channels never come back.
    const cells = [...grouped(rows, (row) => `${row.layer} ${row.channel}`).values()].map((own) => {
      const { layer, channel, alive } = own.at(-1)!;
      const lives = own.filter((row) => row.alive).length;
      const fate = alive
        ? `alive in all ${counted(states.length, 'state')}`
        : lives === 0
          ? 'pruned in every state'
          : `alive up to state ${states[lives - 1].state}`;
      return { layer, channel, next: channel + 1, lives, tip: `${layer}, channel ${channel}: ${fate}` };
    });
    const widest = Math.max(...cells.map((cell) => cell.next));
    const last = states.at(-1)!;
    return {
      caption: `One cell a channel. The stronger the tint, the longer the channel lives; full cells live to state ${stateLabel(last)}.`,
      alt: `Map of channels. In state ${stateLabel(last)}: ${last.layers
        .flatMap(({ name, channels: own }) =>
          own ? [`${name} keeps ${own.filter(Boolean).length} of ${own.length}`] : [],
        )
        .join(', ')}.`,
      wide: true,
      rows,
      spec: (width) =>
        framed(
          width,
          { step: 26 },
          {
            data: { values: cells },
            mark: {
              type: 'rect',
              color: PAPER.accent.light,
              stroke: PAPER.panel.light,
              strokeWidth: widest > 128 ? 0 : 1,
            },
            encoding: {
              x: {
                field: 'channel',
                type: 'quantitative',
                title: 'Output channel',
                scale: { domain: [0, widest], nice: false },
                axis: { grid: false, tickMinStep: 1, tickCount: isNarrow(width) ? 5 : 9 },
              },
              x2: { field: 'next' },
              y: rowsAxis('layer', [...new Set(cells.map((cell) => cell.layer))]),
              fillOpacity: {
                field: 'lives',
                type: 'quantitative',
                scale: { domain: [0, states.length], range: [0.06, 1] },
                legend: null,
              },
              description: { field: 'tip' },
            },
          },
        ),
    };
  },
});
