/** @file What charts of measured neurons share: one line a layer, and one for all layers where there is a figure of them. */

import type { Member } from '../../family/family.ts';
import type { NeuronLayerRecord } from '../../run/records.ts';
import { significant } from '../format.ts';
import { measuredStates } from '../runData.ts';
import { logAxis, measureAxis } from './axes.ts';
import { runChart } from './chart.ts';
import type { ChartKind } from './chart.ts';
import { lineChart } from './lines.ts';

/** What one of these charts shows. */
export interface LayerMeasure extends Member {
  readonly axis: string;
  readonly of: (layer: NeuronLayerRecord) => number | undefined;
  /** By logarithm: values that are not positive are left out. */
  readonly log?: boolean;
  /** `false`: no bounds take part. */
  readonly bounds?: boolean;
  /** One figure of all layers. */
  readonly overall?: {
    readonly name: string;
    readonly of: (layers: readonly NeuronLayerRecord[]) => number | undefined;
  };
}

/** The chart of a measure over remaining weights. */
export function layerChart({ axis, of, log, bounds, overall, ...member }: LayerMeasure): ChartKind {
  return runChart({
    ...member,
    section: 'Neurons and bounds',
    needs: measuredStates,
    draw: (states) =>
      lineChart({
        caption: `${member.sentence} ${bounds === false ? 'On' : 'By interval bounds (IBP) on'} ${states[0].neurons.images} test images.`,
        rows: states.flatMap(({ state, remainRatio, neurons: { layers } }) => {
          const isShown = (value: number | undefined): boolean => value !== undefined && (!log || value > 0);
          const known = layers.filter((layer) => isShown(of(layer)));
          const values = known.map((layer) => ({ layer: layer.name, value: of(layer)! }));
          // A state whose bounds overflowed in some layer has no figure of all.
          if (overall && known.length === layers.length && known.length > 1)
            values.push({ layer: overall.name, value: overall.of(layers)! });
          return values.map((row) => ({ state, remaining: remainRatio, ...row }));
        }),
        across: 'remaining',
        up: 'value',
        axis: log ? logAxis(axis) : measureAxis(axis),
        series: (row) => row.layer,
        ...(overall && { overall: overall.name }),
        word: (value) => significant(value),
      }),
  });
}
