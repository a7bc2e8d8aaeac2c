/** @file Charts: what bounds say of each layer's neurons on a sample, state by state: widths, bound products, NRS loss, sensitivity. */

import type { NeuronLayerRecord } from '../../run/records.ts';
import { remaining, significant } from '../format.ts';
import { measuredStates } from '../runData.ts';
import type { RunData } from '../runData.ts';
import { PAPER, ramp } from '../theme.ts';
import type { TwoTone } from '../theme.ts';
import { framed, isNarrow, remainingAxis, seriesColour } from './chart.ts';
import { layerLines } from './layerLines.ts';
import type { Chart, Spec } from './chart.ts';

/** What one of these charts shows. */
interface MeasureOptions {
  readonly id: string;
  readonly title: string;
  readonly caption: string;
  readonly axis: string;
  readonly measure: (layer: NeuronLayerRecord) => number | undefined;
  readonly scale: Spec;
  /** `false`: no bounds take part. */
  readonly bounds?: boolean;
  /** One figure of all layers, drawn in ink. */
  readonly summary?: {
    readonly name: string;
    readonly of: (layers: readonly number[], neurons: readonly number[]) => number;
  };
}

/** Gridlines at powers of ten alone: the minor ones of a logarithmic scale hide the lines. */
function decades(values: readonly number[], scale: Spec): Spec {
  if (scale.type !== 'log') return { tickCount: 5 };
  const [least, most] = [
    Math.floor(Math.log10(Math.min(...values))),
    Math.ceil(Math.log10(Math.max(...values))),
  ];
  const step = Math.max(1, Math.ceil((most - least) / 8));
  return {
    values: Array.from({ length: Math.floor((most - least) / step) + 1 }, (_, i) => 10 ** (least + i * step)),
  };
}

/** One line a layer over remaining weights, and one for all layers where `summary` says how. */
function layerMeasureChart(run: RunData, options: MeasureOptions): Chart | undefined {
  const { id, title, axis, measure, scale, summary } = options;
  const states = measuredStates(run);
  const rows = states.flatMap((state) => {
    const known = state.neurons.layers.flatMap((layer) => {
      const value = measure(layer);
      return value === undefined || (scale.type === 'log' && value <= 0) ? [] : [{ layer, value }];
    });
    const values = known.map(({ layer, value }) => ({ layer: layer.name, value }));
    const complete = known.length === state.neurons.layers.length && known.length > 1;
    if (summary && complete) {
      const neurons = known.map(({ layer }) => layer.neurons);
      values.push({
        layer: summary.name,
        value: summary.of(
          known.map(({ value }) => value),
          neurons,
        ),
      });
    }
    return values.map((row) => ({
      state: state.state,
      remaining: state.remainRatio,
      ...row,
      tip: `${row.layer}: ${significant(row.value)}, ${remaining(state.remainRatio)} remaining`,
    }));
  });
  if (rows.length === 0) return undefined;
  const all = [...new Set(rows.map((row) => row.layer))];
  // A state whose bounds overflowed in some layer has no summary: the summary's line still comes last.
  const layers = [
    ...all.filter((name) => name !== summary?.name),
    ...all.filter((name) => name === summary?.name),
  ];
  const tones: TwoTone[] = ramp(layers.filter((name) => name !== summary?.name).length);
  const colours = layers.map((name, at) => (name === summary?.name ? PAPER.ink : tones[at]));
  const color = seriesColour('layer', layers, colours);
  const ends = layers.map((layer) => {
    const own = rows.filter((row) => row.layer === layer);
    return `${layer} from ${significant(own[0].value)} to ${significant(own.at(-1)!.value)}`;
  });
  return {
    id,
    title,
    caption: `${options.caption} ${options.bounds === false ? 'On' : 'By interval bounds (IBP) on'} ${states[0].neurons.images} test images.`,
    alt: `Line chart, densest state to sparsest: ${ends.join('; ')}.`,
    wide: false,
    rows: rows.map(({ tip: _, ...row }) => row),
    spec: (width) =>
      framed(width, isNarrow(width) ? 210 : 240, {
        data: { values: rows },
        encoding: {
          x: remainingAxis([...new Set(rows.map((row) => row.remaining))], width),
          y: {
            field: 'value',
            type: 'quantitative',
            title: axis,
            scale,
            axis: {
              format: '~g',
              ...decades(
                rows.map((row) => row.value),
                scale,
              ),
            },
          },
        },
        ...layerLines({ color, layers, width, size: 40 }),
      }),
  };
}

const total = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);

/** Mean of layers weighed by their neurons: the mean over all neurons. */
const overNeurons = (values: readonly number[], neurons: readonly number[]): number =>
  total(values.map((value, at) => value * neurons[at])) / total(neurons);

/** NRS loss of every layer. */
export function nrsLossChart(run: RunData): Chart | undefined {
  return layerMeasureChart(run, {
    id: 'nrs-loss',
    title: 'NRS loss by layer',
    caption:
      'Mean of −tanh(1 + l·u/|γ|ᵖ) over a layer’s neurons: −1 where no bounds come near a change of sign, up to 1 where all reach far to both sides of 0.',
    axis: 'NRS loss',
    measure: (layer) => layer.nrsLoss,
    scale: { zero: false },
    summary: { name: 'all neurons', of: overNeurons },
  });
}

/** Mean width of pre-activation intervals. */
export function intervalWidthChart(run: RunData): Chart | undefined {
  return layerMeasureChart(run, {
    id: 'interval-width',
    title: 'Width of pre-activation intervals',
    caption: 'Mean of u − l over a layer’s neurons, on a logarithmic scale.',
    axis: 'Mean u − l',
    measure: (layer) => layer.width,
    scale: { type: 'log' },
  });
}

/** Bound products, and their product over the layers. */
export function boundProductChart(run: RunData): Chart | undefined {
  return layerMeasureChart(run, {
    id: 'bound-product',
    title: 'Bound products',
    caption:
      'Mean of |l|·u over a layer’s neurons, 0 for stable ones: twice the area of the ReLU’s triangle relaxation. ' +
      'Geometric mean: the product over all layers, brought to the scale of one.',
    axis: 'Mean |l|·u',
    measure: (layer) => layer.boundProduct,
    scale: { type: 'log' },
    summary: {
      name: 'geometric mean',
      of: (values) => Math.exp(total(values.map(Math.log)) / values.length),
    },
  });
}

/** How strongly the margin reacts to a layer's neurons. */
export function sensitivityChart(run: RunData): Chart | undefined {
  return layerMeasureChart(run, {
    id: 'sensitivity',
    title: 'Sensitivity by layer',
    caption:
      'Mean |∂margin/∂a| over a layer’s neurons, a being the ReLU’s output: how much the margin of the label over the ' +
      'best other class moves with a neuron.',
    axis: 'Mean |∂margin/∂a|',
    measure: (layer) => layer.sensitivity,
    scale: { type: 'log' },
    bounds: false,
  });
}
