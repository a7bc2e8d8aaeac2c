/** @file What both maps of neurons share: counts by instability × sensitivity, a map a state. */
import { count } from '../format.ts';
import type { MeasuredState } from '../runData.ts';
import { cellPanel, panels, type CellAxes } from './cellMap.ts';
import type { Drawing, Spec } from './chart.ts';
import { isNarrow, stateLabel } from './look.ts';

/** Where a count of neurons lies; edges in axis units. */
export interface CountEdges {
  readonly sensitivity: number;
  readonly sensitivityTo: number;
  readonly instability: number;
  readonly instabilityTo: number;
}

/** Counts by instability (rows) × sensitivity (columns). */
export type Counts = readonly (readonly number[])[];

/** What tells the two maps apart. */
export interface NeuronMap {
  readonly scaleWords: string;
  readonly countsOf: (state: MeasuredState) => Counts;
  readonly edges: (row: number, column: number) => CountEdges;
  readonly axes: (rows: readonly CountEdges[]) => Omit<CellAxes, 'shade'>;
}

/** A map in words: how many neurons are never, and how many often unstable. */
function mapWords({ neurons }: MeasuredState): string {
  const rows = neurons.log.counts.map((row) => row.reduce((sum, n) => sum + n, 0));
  const all = rows.reduce((sum, n) => sum + n, 0);
  return `of ${count(all)} neurons ${count(rows[0])} are stable at every image, ${count(rows.at(-1))} unstable at more than half of them`;
}

/** The maps of all states, on the same axes. */
export function neuronMaps(states: readonly MeasuredState[], map: NeuronMap): Drawing | undefined {
  const rows = states.flatMap((state) =>
    map
      .countsOf(state)
      .flatMap((row, i) =>
        row.flatMap((neurons, j) =>
          neurons === 0
            ? []
            : [{ state: state.state, remaining: state.remainRatio, ...map.edges(i, j), neurons }],
        ),
      ),
  );
  if (rows.length === 0) return undefined;
  const labels = new Map(states.map((state) => [state.state, stateLabel(state)]));
  const cells = rows.map((row) => ({
    panel: labels.get(row.state)!,
    left: row.sensitivity,
    right: row.sensitivityTo,
    bottom: row.instability,
    top: row.instabilityTo,
    value: row.neurons,
  }));
  const most = Math.max(2, ...rows.map((row) => row.neurons));
  const axes = { ...map.axes(rows), shade: { type: 'log', domain: [1, most], range: [0.12, 1] } };
  return {
    alt: `Heat maps of neurons by instability and sensitivity. ${states
      .map((state) => `State ${stateLabel(state)}: ${mapWords(state)}`)
      .join('. ')}.`,
    rows,
    frames: states.map((state) => ({
      label: `State ${stateLabel(state)}`,
      alt: `Heat map of state ${stateLabel(state)}, ${map.scaleWords}: ${mapWords(state)}.`,
      spec: (width: number): Spec => ({
        autosize: { type: 'fit', contains: 'padding' },
        padding: 4,
        data: { values: cells.filter((cell) => cell.panel === stateLabel(state)) },
        ...cellPanel(axes, width, Math.round(width * 0.68)),
      }),
    })),
    spec: (width) => ({
      data: { values: cells },
      padding: 8,
      ...panels(
        'panel',
        [...labels.values()],
        isNarrow(width) ? 1 : Math.min(3, states.length),
        32,
        cellPanel(axes, 220, 150),
      ),
    }),
  };
}
