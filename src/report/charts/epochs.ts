/** @file What charts over epochs share: one line a state. */

import type { Member } from '../../family/family.ts';
import type { EpochRecord } from '../../run/records.ts';
import { placedStates } from '../runData.ts';
import type { PlacedState, RunData } from '../runData.ts';
import type { UpAxis } from './axes.ts';
import { runChart } from './chart.ts';
import type { ChartKind } from './chart.ts';
import { lineChart } from './lines.ts';
import { stateLabel } from './look.ts';

/** States with at least one logged epoch. */
export const trainedStates = (run: RunData): PlacedState[] =>
  placedStates(run).filter((state) => state.epochs.length > 0);

/** What one of these charts shows. */
export interface EpochMeasure extends Member {
  readonly axis: UpAxis;
  readonly of: (epoch: EpochRecord) => number | undefined;
  readonly word: (value: number) => string;
  /** Column of the CSV; default `value`. */
  readonly column?: string;
}

/** The chart of a measure over the epochs of every state. */
export function epochChart({ axis, of, word, column = 'value', ...member }: EpochMeasure): ChartKind {
  return runChart({
    ...member,
    section: 'Training',
    needs: trainedStates,
    draw(states) {
      const labels = new Map(states.map((state) => [state.state, stateLabel(state)]));
      return lineChart({
        rows: states.flatMap(({ state, remainRatio, epochs }) =>
          epochs.flatMap((record) => {
            const value = of(record);
            return value === undefined || !Number.isFinite(value)
              ? []
              : [{ state, remaining: remainRatio, epoch: record.epoch, [column]: value }];
          }),
        ),
        across: 'epoch',
        up: column,
        axis,
        series: ({ state }) => labels.get(state)!,
        word,
      });
    },
  });
}
