/** @file Measures the neurons of a trained network on a sample: instability, widths, bound products, NRS loss, sensitivity. */
import { isBatchNorm } from '../nn/layers/batchNorm.ts';
import { epsilonBox } from '../attack/box.ts';
import { labelMargin } from '../attack/goal.ts';
import type { Norm } from '../bounds/ball.ts';
import { ibp } from '../bounds/ibp.ts';
import { centerRadius } from '../bounds/interval.ts';
import { bendsAtZero } from '../nn/layers/rules.ts';
import { forward } from '../nn/forward.ts';
import type { Network } from '../nn/network.ts';
import { layerShapes } from '../nn/shapes.ts';
import { abs, maximum, mul, neg, sizeOf, sum, vjp } from '../tensor/index.ts';
import { stagedMean } from './certified/stagedMean.ts';
import { unstableNeurons } from './certified/boundedPass.ts';
import {
  measureBatches,
  sampleCount,
  type MeasureInputs,
  type MeasureOptions,
  type SampleImages,
} from './measureBatches.ts';
import { countNeurons } from './neuronRecord.ts';
import type { NeuronLayerRecord, NeuronRecord } from './neuronsSchema.ts';
import { objectiveContext } from './objectives/context.ts';
import { neuronLosses } from './regularizers/nrs.ts';

/** How neurons are measured. */
export interface NeuronPlan {
  /** Radius, raw pixel units. */
  readonly epsilon: number;
  /** Of the radius; default the maximum norm. */
  readonly norm?: Norm | undefined;
  /** The first so many, rounded down to whole batches. */
  readonly images: number;
  /** Power of |γ| in the NRS loss. */
  readonly gammaPow?: number | undefined;
}

const largestBatch = 32;

/** By layer: sums over the batch for each neuron, and means over all. */
function measuring(network: Network, plan: NeuronPlan) {
  const shapes = layerShapes(network);
  const byName = new Map(network.layers.map((layer) => [layer.name, layer]));
  const relus = network.layers.filter(bendsAtZero);
  return (args: MeasureInputs) => {
    const { x, y, epsilon } = args;
    const site = objectiveContext({ ...args, network, norm: plan.norm, noise: {}, mode: 'eval' });
    // Batch norms stay layers of their own here: what they read is bounded too.
    const box = epsilonBox(x, epsilon, plan.norm, network.domain);
    const context = {
      params: args.params,
      shapeOf: (name: string) => shapes.get(name)!,
    };
    const intervals = ibp(network, box, context, { ball: box.ball });
    const { output, activations } = forward(network, args.params, x, { mode: 'eval' });
    const outputs = relus.map(({ name }) => activations.get(name)!);
    const reactions = vjp(sum(labelMargin(output, y)), outputs);
    return Object.fromEntries(
      relus.map(({ name, inputs: [source] }, at) => {
        const interval = intervals.get(source)!;
        const { lower, upper } = interval;
        const before = byName.get(source);
        const batchNorm = before && isBatchNorm(before) ? before : undefined;
        const losses = neuronLosses({ name, interval, batchNorm }, site, { gammaPow: plan.gammaPow ?? 2 });
        return [
          name,
          {
            unstable: sum(unstableNeurons(interval), 0),
            sensitivity: sum(abs(reactions[at]), 0),
            width: mul(stagedMean(centerRadius(interval).radius), 2),
            product: stagedMean(maximum(neg(mul(lower, upper)), 0)),
            nrs: stagedMean(losses),
            ...(batchNorm && { before: stagedMean(unstableNeurons(intervals.get(batchNorm.inputs[0])!)) }),
          },
        ];
      }),
    );
  };
}

interface LayerTotals {
  unstable: Float64Array;
  sensitivity: Float64Array;
  width: number;
  product: number;
  nrs: number;
  before?: number;
}

/** Six digits are more than the sample tells. */
const rounded = (value: number): number => Number(value.toPrecision(6));

/** Wide bounds of deep networks can overflow f32: such a measure is left out. */
const finite = <K extends string>(key: K, value: number): Partial<Record<K, number>> =>
  Number.isFinite(value) ? ({ [key]: rounded(value) } as Record<K, number>) : {};

const total = (values: Float64Array): number => values.reduce((a, b) => a + b, 0);

function layerRecord(name: string, totals: LayerTotals, images: number, batches: number): NeuronLayerRecord {
  const { unstable, sensitivity, width, product, nrs, before } = totals;
  const pairs = unstable.length * images;
  return {
    name,
    neurons: unstable.length,
    unstable: rounded(total(unstable) / pairs),
    ...(before !== undefined && { unstableBeforeBatchNorm: rounded(before / batches) }),
    ...finite('width', width / batches),
    ...finite('boundProduct', product / batches),
    ...finite('nrsLoss', nrs / batches),
    ...finite('sensitivity', total(sensitivity) / pairs),
  };
}

/**
 * Batch norm by running statistics. The margin is logit[label] − the largest other logit, its derivative taken at the
 * image and in the ReLU's output, so that neurons that are off at the image count too.
 * @param numbers every parameter and buffer; pruned weights are 0
 * @throws the signal's reason once it is aborted
 */
export async function measureNeurons(
  network: Network,
  numbers: Readonly<Record<string, Float32Array>>,
  dataset: SampleImages,
  plan: NeuronPlan,
  options: MeasureOptions = {},
): Promise<NeuronRecord> {
  const wanted = Math.min(plan.images, sampleCount(dataset));
  const batchSize = Math.min(largestBatch, wanted);
  const batches = Math.floor(wanted / batchSize);
  const images = batches * batchSize;
  const sample = { network, numbers, dataset, batchSize, batches, epsilon: plan.epsilon };
  const shapes = layerShapes(network);
  const found = new Map<string, LayerTotals>();
  for await (const measured of measureBatches(measuring(network, plan), sample, options)) {
    for (const [name, part] of Object.entries(measured)) {
      const size = sizeOf(shapes.get(name)!);
      const empty: LayerTotals = {
        unstable: new Float64Array(size),
        sensitivity: new Float64Array(size),
        width: 0,
        product: 0,
        nrs: 0,
      };
      const totals = found.get(name) ?? empty;
      for (const key of ['unstable', 'sensitivity'] as const)
        part[key].data.forEach((value, i) => (totals[key][i] += value));
      for (const key of ['width', 'product', 'nrs'] as const) totals[key] += part[key].data[0];
      if (part.before) totals.before = (totals.before ?? 0) + part.before.data[0];
      found.set(name, totals);
    }
  }
  const all = (key: 'unstable' | 'sensitivity'): Float64Array =>
    Float64Array.from(
      [...found.values()].flatMap((totals) => [...totals[key]]),
      (sum) => sum / images,
    );
  return {
    epsilon: plan.epsilon,
    images,
    layers: [...found].map(([name, totals]) => layerRecord(name, totals, images, batches)),
    ...countNeurons({ instability: all('unstable'), sensitivity: all('sensitivity') }),
  };
}
