/** @file Maps of cells: rectangles over two axes, the stronger in colour the larger their value, a panel each. */
import { PAPER } from '../theme.ts';
import type { Spec } from './chart.ts';

/** A rectangle in axis units. */
export interface Cell {
  readonly panel: string;
  readonly left: number;
  readonly right: number;
  readonly bottom: number;
  readonly top: number;
  readonly value: number;
}

/** How cells are drawn. */
export interface CellAxes {
  /** Title, scale and ticks. */
  readonly x: Spec;
  readonly y: Spec;
  /** From a cell's value to its opacity. */
  readonly shade: Spec;
}

/** One panel of such a map. */
export const cellPanel = ({ x, y, shade }: CellAxes, width: number, height: number): Spec => ({
  width,
  height,
  mark: { type: 'rect', aria: false, color: PAPER.accent.light },
  encoding: {
    x: { field: 'left', type: 'quantitative', ...x },
    x2: { field: 'right' },
    y: { field: 'bottom', type: 'quantitative', ...y },
    y2: { field: 'top' },
    fillOpacity: { field: 'value', type: 'quantitative', scale: shade, legend: null },
  },
});

/** Panels of one kind beside each other, named by a field of the data. */
export const panels = (
  field: string,
  names: readonly string[],
  columns: number,
  spacing: number,
  spec: Spec,
): Spec => ({
  facet: {
    field,
    type: 'nominal',
    sort: names,
    header: { title: null, labelColor: PAPER.ink.light, labelFontSize: 12, labelPadding: 4 },
  },
  columns,
  spacing,
  spec,
});
