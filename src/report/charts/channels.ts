/** @file Chart: which output channels of every layer survive in every state. */

import { counted } from '../format.ts';
import { placedStates } from '../runData.ts';
import type { RunData } from '../runData.ts';
import { PAPER } from '../theme.ts';
import { framed, isNarrow, stateLabel } from './chart.ts';
import type { Chart } from './chart.ts';

/** A map of living channels; only for runs whose masks remove whole channels. */
export function channelsChart(run: RunData): Chart | undefined {
  const states = placedStates(run).filter((state) => state.layers.some((layer) => layer.channels));
  if (states.length === 0) return undefined;
  const order = new Map(states.map((state, at) => [state.state, at]));
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
  const last = new Map<string, (typeof rows)[number] & { lives: number }>();
  for (const row of rows) {
    const key = `${row.layer} ${row.channel}`;
    const lives = (last.get(key)?.lives ?? 0) + (row.alive ? 1 : 0);
    last.set(key, { ...row, lives });
  }
  const cells = [...last.values()].map((cell) => ({
    ...cell,
    tip: `${cell.layer}, channel ${cell.channel}: ${
      cell.alive
        ? `alive in all ${counted(states.length, 'state')}`
        : cell.lives === 0
          ? 'pruned in every state'
          : `alive up to state ${states[cell.lives - 1].state}`
    }`,
  }));
  const layers = [...new Set(cells.map((cell) => cell.layer))];
  const widest = Math.max(...cells.map((cell) => cell.channel)) + 1;
  const lastState = states.at(-1)!;
  return {
    id: 'channels',
    title: 'Surviving channels',
    caption: `One cell a channel. The stronger the tint, the longer the channel lives; full cells live to state ${stateLabel(lastState)}.`,
    alt: `Map of channels. In state ${stateLabel(lastState)}: ${lastState.layers
      .filter((layer) => layer.channels)
      .map(
        (layer) =>
          `${layer.name} keeps ${layer.channels!.filter(Boolean).length} of ${layer.channels!.length}`,
      )
      .join(', ')}.`,
    wide: true,
    rows,
    spec: (width) =>
      framed(
        width,
        { step: 26 },
        {
          data: { values: cells.map((cell) => ({ ...cell, next: cell.channel + 1, of: order.size })) },
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
            y: {
              field: 'layer',
              type: 'ordinal',
              sort: layers,
              title: null,
              axis: { ticks: false, domain: false, labelLimit: 90 },
            },
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
}
