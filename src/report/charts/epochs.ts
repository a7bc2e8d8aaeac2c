/** @file What charts over epochs share: the axis, one colour a state, lines with points. */

import { placedStates } from '../runData.ts';
import type { PlacedState, RunData } from '../runData.ts';
import { ramp } from '../theme.ts';
import { legendColumns, seriesColour, stateLabel } from './chart.ts';
import type { Row, Spec } from './chart.ts';

/** States with at least one logged epoch. */
export function trainedStates(run: RunData): PlacedState[] {
  return placedStates(run).filter((state) => state.epochs.length > 0);
}

/** The x axis over the epochs of all states. */
export function epochAxis(states: readonly PlacedState[]): Spec {
  const last = Math.max(...states.map((state) => state.epochs.at(-1)!.epoch));
  const first = Math.min(...states.map((state) => state.epochs[0].epoch));
  return {
    field: 'epoch',
    type: 'quantitative',
    title: 'Epoch',
    scale: { domain: [first, Math.max(last, first + 1)], nice: false },
    axis: { tickMinStep: 1, tickCount: Math.min(8, last - first + 1), format: 'd', grid: false },
  };
}

/** One colour a state, dense to sparse, with a legend. */
export function stateColour(states: readonly PlacedState[], width: number): Spec {
  const names = states.map(stateLabel);
  return {
    ...seriesColour('label', names, ramp(names.length)),
    legend: { columns: legendColumns(names, width), symbolType: 'stroke', symbolStrokeWidth: 3 },
  };
}

/** Lines, with points that carry the values; the points of long trainings stay invisible. */
export function lineAndPoints(rows: readonly Row[], lineEncoding: Spec): Spec[] {
  const opacity = rows.length > 200 ? 0 : 1;
  return [
    { mark: { type: 'line', aria: false, strokeWidth: 1.75 }, encoding: lineEncoding },
    {
      mark: { type: 'point', filled: true, size: 18, opacity },
      encoding: {
        ...(lineEncoding.strokeDash !== undefined && { detail: { field: 'measure' } }),
        description: { field: 'tip' },
      },
    },
  ];
}
