/** @file Charts of measured neurons: one line a layer, and one for all layers where there is a figure of them. */
import type { Member } from '../../family/family.ts';
import type { NeuronLayerRecord } from '../../run/records.ts';
import { significant } from '../format.ts';
import { geometricMean, meanOverNeurons, measuredStates } from '../runData.ts';
import { logAxis, measureAxis } from './axes.ts';
import { runChart, type ChartKind } from './chart.ts';
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

/** The measures of single layers. */
export const layerMeasures = [
  layerChart({
    name: 'nrs-loss',
    title: 'NRS loss by layer',
    sentence:
      'Mean of −tanh(1 + l·u/|γ|ᵖ) over a layer’s neurons: −1 where no bounds come near a change of sign, up to 1 where all reach far to both sides of 0.',
    axis: 'NRS loss',
    of: (layer) => layer.nrsLoss,
    overall: { name: 'all neurons', of: (layers) => meanOverNeurons(layers, 'nrsLoss') },
  }),
  layerChart({
    name: 'interval-width',
    title: 'Width of pre-activation intervals',
    sentence: 'Mean of u − l over a layer’s neurons, on a logarithmic scale.',
    axis: 'Mean u − l',
    of: (layer) => layer.width,
    log: true,
  }),
  layerChart({
    name: 'bound-product',
    title: 'Bound products',
    sentence:
      'Mean of |l|·u over a layer’s neurons, 0 for stable ones: twice the area of the ReLU’s triangle relaxation. ' +
      'Geometric mean: the product over all layers, brought to the scale of one.',
    axis: 'Mean |l|·u',
    of: (layer) => layer.boundProduct,
    log: true,
    overall: {
      name: 'geometric mean',
      of: (layers) => geometricMean(layers.map((layer) => layer.boundProduct!)),
    },
  }),
  layerChart({
    name: 'sensitivity',
    title: 'Sensitivity by layer',
    sentence:
      'Mean |∂margin/∂a| over a layer’s neurons, a being the ReLU’s output: how much the margin of the label over the ' +
      'best other class moves with a neuron.',
    axis: 'Mean |∂margin/∂a|',
    of: (layer) => layer.sensitivity,
    log: true,
    bounds: false,
  }),
];
