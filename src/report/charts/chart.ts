/** @file What a chart is, and the axes, legends and type that all charts share. */

import { remaining } from '../format.ts';
import { textWidth } from '../text.ts';
import type { PlacedState, RunData } from '../runData.ts';
import { PAPER } from '../theme.ts';
import type { TwoTone } from '../theme.ts';

/** A vega-lite specification or a part of one. */
export type Spec = Readonly<Record<string, unknown>>;

/** One row of a chart's data, which is also a row of its CSV. */
export type Row = Readonly<Record<string, string | number | boolean | null>>;

/** One picture of a sequence. */
export interface Frame {
  readonly label: string;
  readonly alt: string;
  /** The drawing, at a total width in CSS pixels. */
  readonly spec: (width: number) => Spec;
}

/** A chart: what it is called, what it says, and how it is drawn at a width. */
export interface Chart {
  /** File name without ending. */
  readonly id: string;
  readonly title: string;
  /** How to read it, one or two sentences. */
  readonly caption: string;
  /** What a reader who cannot see it should know. */
  readonly alt: string;
  /** Whether it needs the whole width of the page. */
  readonly wide: boolean;
  readonly rows: readonly Row[];
  /** Part of the page that it belongs to. */
  readonly section?: string;
  /** Pictures that the page plays one after the other and prints beside each other; `spec` then is for files alone. */
  readonly frames?: readonly Frame[];
  /** The drawing, at a total width in CSS pixels. Narrow means a phone. */
  readonly spec: (width: number) => Spec;
}

/** Below this width a chart is drawn for a phone. */
const NARROW = 420;

/** Whether a width is that of a phone. */
export function isNarrow(width: number): boolean {
  return width < NARROW;
}

/** Look of all charts, as vega-lite's `config`. */
export const CHART_CONFIG: Spec = {
  background: null,
  // The page's style sheet sets its own fonts over this.
  font: 'sans-serif',
  view: { stroke: null },
  axis: {
    labelColor: PAPER.muted.light,
    titleColor: PAPER.ink.light,
    labelFontSize: 12,
    titleFontSize: 12,
    titleFontWeight: 'normal',
    titlePadding: 8,
    labelPadding: 5,
    gridColor: PAPER.grid.light,
    domainColor: PAPER.line.light,
    tickColor: PAPER.line.light,
    tickSize: 4,
    labelFlush: false,
  },
  legend: {
    orient: 'top',
    direction: 'horizontal',
    title: null,
    labelColor: PAPER.ink.light,
    labelFontSize: 12,
    labelLimit: 260,
    symbolSize: 90,
    rowPadding: 4,
    columnPadding: 14,
    offset: 14,
    // From the left edge of the whole picture, not of the plot: phones need the width.
    layout: { top: { anchor: 'start', frame: 'bounds', direction: 'horizontal' } },
  },
  title: { color: PAPER.ink.light, fontSize: 15, fontWeight: 600, anchor: 'start', offset: 12 },
  text: { color: PAPER.ink.light, fontSize: 12 },
};

/** A specification of a chart of fixed total width and a plot `height` in pixels. */
export function framed(width: number, height: number | Spec, rest: Spec): Spec {
  return { width, height, autosize: { type: 'fit-x', contains: 'padding' }, padding: 4, ...rest };
}

/** The x axis over remaining weights: logarithmic, from dense on the left to sparse on the right. */
export function remainingAxis(ratios: readonly number[], width: number): Spec {
  const smallest = Math.min(...ratios, 0.9);
  // Room on both sides, in the same proportion on the logarithmic scale.
  const margin = (1 / smallest) ** 0.04;
  return {
    field: 'remaining',
    type: 'quantitative',
    title: 'Remaining weights (logarithmic)',
    scale: { type: 'log', domain: [smallest / margin, margin], nice: false, reverse: true },
    axis: {
      values: [...new Set(ratios)],
      labelExpr: labelTable(ratios),
      labelOverlap: 'greedy',
      labelSeparation: isNarrow(width) ? 6 : 10,
      grid: false,
    },
  };
}

/** Writes tick labels as the report's own text does: a vega expression that picks from a table. */
function labelTable(ratios: readonly number[]): string {
  const cases = [...new Set(ratios)].map(
    (ratio) => `abs(datum.value - ${ratio}) < ${ratio * 1e-9} ? '${remaining(ratio)}'`,
  );
  return `${cases.join(' : ')} : ''`;
}

/** The y axis of an accuracy or another share; `least` is the smallest value shown. */
export function shareAxis(field: string, title: string, least = 0): Spec {
  // Starting at zero wastes the height where all values lie near one; a start off zero is shown by the labels.
  const from = least > 0.5 ? Math.floor((least - 0.005) * 20) / 20 : 0;
  return {
    field,
    type: 'quantitative',
    title,
    scale: { domain: [Math.max(0, from), 1], nice: false },
    axis: { format: '.0%', tickCount: 6 },
  };
}

/** A colour channel over named series in a fixed order. */
export function seriesColour(field: string, names: readonly string[], colours: readonly TwoTone[]): Spec {
  return {
    field,
    type: 'nominal',
    scale: { domain: names, range: colours.map((colour) => colour.light) },
    sort: null,
  };
}

/** A legend with as many columns as fit, given the longest name. */
export function legendColumns(names: readonly string[], width: number): number {
  const longest = Math.max(...names.map((name) => textWidth(name, 12)), 1);
  const most = Math.max(1, Math.min(names.length, Math.floor((width - 8) / (longest + 36))));
  // Rows of equal length look better than a full row and a leftover.
  return Math.ceil(names.length / Math.ceil(names.length / most));
}

/** A state as charts name it: its number and what remains. */
export function stateLabel(state: PlacedState): string {
  return state.remainRatio === 1
    ? `${state.state}: dense`
    : `${state.state}: ${remaining(state.remainRatio)}`;
}

/** Makes a chart of a run, or nothing where the run lacks the data. */
export type ChartBuilder = (run: RunData) => Chart | undefined;
