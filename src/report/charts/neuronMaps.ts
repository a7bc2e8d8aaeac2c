/** @file Charts: neurons counted by instability × sensitivity, a map a state, on a linear and on a logarithmic scale. */

import { rescaledCounts } from '../../train/neuronRecord.ts';
import { count, significant } from '../format.ts';
import { measuredStates } from '../runData.ts';
import type { MeasuredState, RunData } from '../runData.ts';
import { PAPER } from '../theme.ts';
import { isNarrow, stateLabel } from './chart.ts';
import type { Chart, Spec } from './chart.ts';

/** A cell of one state's map; edges in axis units. */
interface Cell {
  readonly state: number;
  readonly remaining: number;
  readonly sensitivity: number;
  readonly sensitivityTo: number;
  readonly instability: number;
  readonly instabilityTo: number;
  readonly neurons: number;
}

/** What tells the two maps apart. */
interface MapOptions {
  readonly id: string;
  readonly title: string;
  readonly scaleWords: string;
  readonly meaning: string;
  readonly cells: readonly Cell[];
  readonly axes: { readonly x: Spec; readonly y: Spec };
}

const MEANING =
  'Instability: share of test images at which the neuron’s interval bounds (IBP) hold both signs. ' +
  'Sensitivity: mean |∂margin/∂a| of its output a, the margin being that of the label over the best other class. ' +
  'The stronger a cell’s colour, the more neurons (logarithmic).';

/** What every map of a run has in common: the shade of a cell and how maps are named. */
function mapChart(run: RunData, { id, title, scaleWords, meaning, cells, axes }: MapOptions): Chart {
  const states = measuredStates(run);
  const most = Math.max(...cells.map((cell) => cell.neurons));
  const body = (width: number, height: number): Spec => ({
    width,
    height,
    mark: { type: 'rect', aria: false, color: PAPER.accent.light },
    encoding: {
      x: { field: 'sensitivity', type: 'quantitative', ...axes.x },
      x2: { field: 'sensitivityTo' },
      y: { field: 'instability', type: 'quantitative', ...axes.y },
      y2: { field: 'instabilityTo' },
      fillOpacity: {
        field: 'neurons',
        type: 'quantitative',
        scale: { type: 'log', domain: [1, Math.max(2, most)], range: [0.12, 1] },
        legend: null,
      },
    },
  });
  const frameOf = (state: MeasuredState) => ({
    label: `State ${stateLabel(state)}`,
    alt: `Heat map of state ${stateLabel(state)}, ${scaleWords}: ${mapWords(state)}.`,
    spec: (width: number): Spec => {
      const values = cells.filter((cell) => cell.state === state.state);
      return {
        autosize: { type: 'fit', contains: 'padding' },
        padding: 4,
        data: { values },
        ...body(width, Math.round(width * 0.68)),
      };
    },
  });
  return {
    id,
    title,
    caption: `${meaning} Axes are ${scaleWords}, the same in all states.`,
    alt: `Heat maps of neurons by instability and sensitivity. ${states
      .map((state) => `State ${stateLabel(state)}: ${mapWords(state)}`)
      .join('. ')}.`,
    wide: false,
    rows: cells.map((cell) => ({ ...cell })),
    frames: states.map(frameOf),
    spec: (width) => {
      const columns = isNarrow(width) ? 1 : Math.min(3, states.length);
      return {
        data: {
          values: cells.map((cell) => ({
            ...cell,
            label: stateLabel(states.find((s) => s.state === cell.state)!),
          })),
        },
        padding: 8,
        facet: {
          field: 'label',
          type: 'nominal',
          sort: states.map(stateLabel),
          header: { title: null, labelColor: PAPER.ink.light, labelFontSize: 12 },
        },
        columns,
        spec: body(220, 150),
      };
    },
  };
}

/** Writes exponents as powers of two: a vega expression that picks from a table. */
function powersOfTwo(most: number, least: number): string {
  const raised = (exponent: number): string =>
    String(exponent).replace(/[-0-9]/g, (sign) => (sign === '-' ? '⁻' : '⁰¹²³⁴⁵⁶⁷⁸⁹'[Number(sign)]));
  const cases = Array.from({ length: most - least + 1 }, (_, i) => most - i).map(
    (exponent) => `datum.value === ${exponent} ? '${exponent === 0 ? '1' : `2${raised(exponent)}`}'`,
  );
  return `${cases.join(' : ')} : ''`;
}

/** A map in words: how many neurons are never, and how many always unstable on the logarithmic map. */
function mapWords({ neurons }: MeasuredState): string {
  const rows = neurons.log.counts.map((row) => row.reduce((sum, n) => sum + n, 0));
  const all = rows.reduce((sum, n) => sum + n, 0);
  return `of ${count(all)} neurons ${count(rows[0])} are stable at every image, ${count(rows.at(-1))} unstable at more than half of them`;
}

/** Linear axes: instability 0..1, sensitivity from 0 to what all states need. */
export function linearNeuronMap(run: RunData): Chart | undefined {
  const states = measuredStates(run);
  if (states.length === 0) return undefined;
  const widest = Math.max(...states.map((state) => state.neurons.linear.limit));
  // Half as many columns as are recorded: still fine enough, and cells that can be told apart.
  const columns = Math.ceil(states[0].neurons.linear.counts[0].length / 2);
  const cells = states.flatMap((state) => {
    const counts = rescaledCounts(state.neurons.linear, widest * 2);
    const rows = counts.length;
    return counts.flatMap((row, i) =>
      row.flatMap((neurons, j) =>
        neurons === 0
          ? []
          : [
              {
                state: state.state,
                remaining: state.remainRatio,
                sensitivity: (j / columns) * widest,
                sensitivityTo: ((j + 1) / columns) * widest,
                instability: i / rows,
                instabilityTo: (i + 1) / rows,
                neurons,
              },
            ],
      ),
    );
  });
  return mapChart(run, {
    id: 'neurons-linear',
    title: 'Instability × sensitivity, linear',
    scaleWords: 'linear',
    meaning: MEANING,
    cells,
    axes: {
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
    },
  });
}

/** Octaves on both axes; the lowest row holds the neurons that are stable at every image. */
export function logNeuronMap(run: RunData): Chart | undefined {
  const states = measuredStates(run);
  if (states.length === 0) return undefined;
  const { firstExponent } = states[0].neurons.log;
  const top = states[0].neurons.log.counts.length - 1;
  const cells = states.flatMap((state) =>
    state.neurons.log.counts.flatMap((row, i) =>
      row.flatMap((neurons, j) =>
        neurons === 0
          ? []
          : [
              {
                state: state.state,
                remaining: state.remainRatio,
                // Exponents of 2; column 0 and row 0 hold what lies below the first octave.
                sensitivity: firstExponent + j - 1,
                sensitivityTo: firstExponent + j,
                instability: i - top - 1,
                instabilityTo: i - top,
                neurons,
              },
            ],
      ),
    ),
  );
  if (cells.length === 0) return undefined;
  const least = Math.min(...cells.map((cell) => cell.sensitivity));
  const most = Math.max(...cells.map((cell) => cell.sensitivityTo));
  return mapChart(run, {
    id: 'neurons-log',
    title: 'Instability × sensitivity, logarithmic',
    scaleWords: 'logarithmic',
    meaning: 'The same measures in octaves.',
    cells,
    axes: {
      x: {
        title:
          least === firstExponent - 1
            ? `Sensitivity (first column: 2^${firstExponent} and less)`
            : 'Sensitivity',
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
    },
  });
}
