/** @file One line a layer with points that carry the values, and their legend. */

import { legendColumns } from './chart.ts';
import type { Spec } from './chart.ts';

/** How the lines look. */
export interface LayerLines {
  /** The colour of every layer. */
  readonly color: Spec;
  readonly layers: readonly string[];
  /** Total width of the chart in CSS pixels. */
  readonly width: number;
  /** Area of a point. */
  readonly size: number;
  /** What lines, and points, show besides. */
  readonly line?: Spec;
  readonly point?: Spec;
}

/** The part of a specification that draws them; the legend shows strokes alone. */
export const layerLines = ({ color, layers, width, size, line = {}, point = {} }: LayerLines): Spec => ({
  layer: [
    {
      mark: { type: 'line', aria: false, strokeWidth: 2 },
      encoding: {
        color: {
          ...color,
          legend: { columns: legendColumns(layers, width), symbolType: 'stroke', symbolStrokeWidth: 3 },
        },
        ...line,
      },
    },
    {
      mark: { type: 'point', filled: true, size, opacity: 1 },
      encoding: { color: { ...color, legend: null }, ...point, description: { field: 'tip' } },
    },
  ],
  resolve: { legend: { color: 'independent' } },
});
