/** @file Charts: neurons by instability × sensitivity, a map a state, on linear axes and in octaves. */
import { count, significant } from '../format.ts';
import { measuredStates, type MeasuredState } from '../runData.ts';
import { cellPanel, panels, type CellAxes } from './cellMap.ts';
import { runChart, type Drawing, type Spec } from './chart.ts';
import { isNarrow, stateLabel } from './look.ts';
import { rescaledCounts } from '../../train/neuronRecord.ts';

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

export const neuronsLinear = runChart({
  name: 'neurons-linear',
  title: 'Instability × sensitivity, linear',
  sentence:
    'Instability: share of test images at which the neuron’s interval bounds (IBP) hold both signs. ' +
    'Sensitivity: mean |∂margin/∂a| of its output a, the margin being that of the label over the best other class. ' +
    'The stronger a cell’s colour, the more neurons (logarithmic). Axes are linear, the same in all states.',
  section: 'Neurons and bounds',
  needs: measuredStates,
  draw(states) {
    const widest = Math.max(...states.map((state) => state.neurons.linear.limit));
    const { counts } = states[0].neurons.linear;
    // Half as many columns as are recorded: still fine enough, and cells that can be told apart.
    const columns = Math.ceil(counts[0].length / 2);
    return neuronMaps(states, {
      scaleWords: 'linear',
      countsOf: ({ neurons }) => rescaledCounts(neurons.linear, widest * 2),
      edges: (row, column) => ({
        sensitivity: (column / columns) * widest,
        sensitivityTo: ((column + 1) / columns) * widest,
        instability: row / counts.length,
        instabilityTo: (row + 1) / counts.length,
      }),
      axes: () => ({
        x: {
          title: `Sensitivity (last column: ${significant(widest)} and more)`,
          scale: { domain: [0, widest], nice: false },
          axis: { tickCount: 4, grid: false, format: '~g' },
        },
        y: {
          title: 'Instability',
          scale: { domain: [0, 1] },
          axis: { format: '.0%', tickCount: 5, grid: false },
        },
      }),
    });
  },
});

/** Writes exponents as powers of two: a vega expression that picks from a table. */
function powersOfTwo(most: number, least: number): string {
  const raised = (exponent: number): string =>
    String(exponent).replace(/[-0-9]/g, (sign) => (sign === '-' ? '⁻' : '⁰¹²³⁴⁵⁶⁷⁸⁹'[Number(sign)]));
  const cases = Array.from({ length: most - least + 1 }, (_, i) => most - i).map(
    (exponent) => `datum.value === ${exponent} ? '${exponent === 0 ? '1' : `2${raised(exponent)}`}'`,
  );
  return `${cases.join(' : ')} : ''`;
}

export const neuronsLog = runChart({
  name: 'neurons-log',
  title: 'Instability × sensitivity, logarithmic',
  sentence: 'The same measures in octaves. Axes are logarithmic, the same in all states.',
  section: 'Neurons and bounds',
  needs: measuredStates,
  draw(states) {
    const { firstExponent, counts } = states[0].neurons.log;
    const top = counts.length - 1;
    return neuronMaps(states, {
      scaleWords: 'logarithmic',
      countsOf: ({ neurons }) => neurons.log.counts,
      // Exponents of 2; column 0 and row 0 hold what lies below the first octave.
      edges: (row, column) => ({
        sensitivity: firstExponent + column - 1,
        sensitivityTo: firstExponent + column,
        instability: row - top - 1,
        instabilityTo: row - top,
      }),
      axes(rows) {
        const least = Math.min(...rows.map((row) => row.sensitivity));
        const most = Math.max(...rows.map((row) => row.sensitivityTo));
        const first = least === firstExponent - 1 ? ` (first column: 2^${firstExponent} and less)` : '';
        return {
          x: {
            title: `Sensitivity${first}`,
            scale: { domain: [least, most], nice: false },
            axis: { tickMinStep: 1, tickCount: 6, grid: false, labelExpr: powersOfTwo(most, least) },
          },
          y: {
            title: 'Instability (lowest row: never)',
            scale: { domain: [-top - 1, 0], nice: false },
            axis: {
              values: Array.from({ length: top / 2 + 1 }, (_, i) => -2 * i),
              grid: false,
              labelExpr: powersOfTwo(0, -top - 1),
            },
          },
        };
      },
    });
  },
});
