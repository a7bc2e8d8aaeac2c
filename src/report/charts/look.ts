/** @file The look that all charts share: frame, type, colours, legends, and how states are named. */
import { remaining } from '../format.ts';
import { textWidth } from '../text.ts';
import type { PlacedState } from '../runData.ts';
import { PAPER, type TwoTone } from '../theme.ts';
import type { Spec } from './chart.ts';

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
  text: { color: PAPER.ink.light, fontSize: 12 },
};

/** A specification of a chart of fixed total width and a plot `height` in pixels. */
export function framed(width: number, height: number | Spec, rest: Spec): Spec {
  return { width, height, autosize: { type: 'fit-x', contains: 'padding' }, padding: 4, ...rest };
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

/** A legend of strokes. */
export const strokeLegend = (names: readonly string[], width: number): Spec => ({
  columns: legendColumns(names, width),
  symbolType: 'stroke',
  symbolStrokeWidth: 3,
});

/** A state as charts name it: its number and what remains. */
export function stateLabel(state: PlacedState): string {
  return state.remainRatio === 1
    ? `${state.state}: dense`
    : `${state.state}: ${remaining(state.remainRatio)}`;
}

/** The axis on which every state, or every layer, has a row of its own. */
export const rowsAxis = (field: string, names: readonly string[], title: string | null = null): Spec => ({
  field,
  type: 'nominal',
  sort: names,
  title,
  axis: { ticks: false, domain: false, labelLimit: 90 },
});
