/** @file What bounds say of a network in training: verified accuracies, NRS loss, unstable neurons, interval widths. */
import { imageCount, type Dataset } from '../data/dataset.ts';
import type { HostTensor } from '../engine/hostTensor.ts';
import type { Network } from '../nn/network.ts';
import { layerShapes, outputShape } from '../nn/shapes.ts';
import { sizeOf, type Tensor } from '../tensor/index.ts';
import { boundedRelus } from './certified/boundedPass.ts';
import { marginRows } from './certified/margins.ts';
import { measureBatches, type MeasureInputs, type MeasureOptions } from './measureBatches.ts';
import { objectiveContext } from './objectives/context.ts';
import type { CertifyPlan } from './measures/measure.ts';
import { measures } from './measures/measures.ts';

/** Running statistics in batch norm; shares in 0..1. */
export interface CertifiedMetrics {
  /** Share of images that IBP verifies. */
  readonly ibp: number;
  /** Share of images that IBP or CROWN from IBP's intermediate bounds verifies. */
  readonly crown?: number;
  readonly nrsLoss: number;
  /** Share of ReLU neurons with l < −1e-5 and u > 1e-5. */
  readonly unstableRatio: number;
  /** The same by ReLU layer. */
  readonly unstableRatioByLayer: Readonly<Record<string, number>>;
  /** ReLU layer → mean width u − l of what it reads. */
  readonly intervalWidthByLayer: Readonly<Record<string, number>>;
}

/** Coefficients that one layer of the CROWN walk may hold: 16 MiB. */
const walkCoefficients = 2 ** 22;

/** Images a run, so that the CROWN walk stays small; a divisor of their number if there is one of about that size. */
export function certifyBatchSize(network: Network, images: number): number {
  const widest = Math.max(...[...layerShapes(network).values()].map(sizeOf));
  const rows = outputShape(network)[0] - 1;
  const most = Math.max(1, Math.min(images, 50, Math.floor(walkCoefficients / (rows * widest))));
  for (let size = most; size > most / 2; size--) if (images % size === 0) return size;
  return most;
}

/** Every measure that is asked for, of one batch. */
function measuring(network: Network, plan: CertifyPlan) {
  const asked = measures.members().filter(({ isAsked }) => isAsked?.(plan) ?? true);
  return (args: MeasureInputs): Record<string, Tensor | Readonly<Record<string, Tensor>>> => {
    const context = objectiveContext({ ...args, network, norm: plan.norm, noise: {}, mode: 'eval' });
    const pass = context.bounds();
    const rows = marginRows(args.y, outputShape(network)[0]);
    const site = { context, network, plan, pass, relus: boundedRelus(pass), rows };
    return Object.fromEntries(asked.map((measure) => [measure.name, measure.evaluate(site)]));
  };
}

/** A sum of numbers, or of numbers by layer. */
type Sum = number | Record<string, number>;

const scalar = (value: HostTensor): number => value.data[0];

/**
 * Over the plan's first images, rounded down to whole batches.
 * @throws the signal's reason once it is aborted
 */
export async function certifiedMetrics(
  network: Network,
  numbers: Readonly<Record<string, Float32Array>>,
  dataset: Dataset,
  plan: CertifyPlan,
  options: MeasureOptions = {},
): Promise<CertifiedMetrics> {
  const wanted = Math.min(plan.images, imageCount(dataset));
  const { batchSize = certifyBatchSize(network, wanted) } = plan;
  const batches = Math.floor(wanted / batchSize);
  const sample = { network, numbers, dataset, batchSize, batches, epsilon: plan.epsilon };
  const sums: Record<string, Sum> = {};
  for await (const found of measureBatches(measuring(network, plan), sample, options))
    for (const [name, value] of Object.entries(found)) {
      const weight = measures.named(name).over === 'images' ? 1 : 1 / batches;
      if ('data' in value) sums[name] = ((sums[name] as number) ?? 0) + scalar(value as HostTensor) * weight;
      else {
        const before = (sums[name] ??= {}) as Record<string, number>;
        for (const [layer, one] of Object.entries(value as Record<string, HostTensor>))
          before[layer] = (before[layer] ?? 0) + scalar(one) * weight;
      }
    }
  for (const { name, over } of measures.members())
    if (over === 'images' && name in sums) sums[name] = (sums[name] as number) / (batches * batchSize);
  const found = sums as unknown as Omit<CertifiedMetrics, 'unstableRatio'>;
  const shapes = layerShapes(network);
  const sizes = Object.keys(found.unstableRatioByLayer).map((name) => sizeOf(shapes.get(name)!));
  const neurons = sizes.reduce((a, b) => a + b, 0);
  const unstable = Object.values(found.unstableRatioByLayer).reduce((n, share, i) => n + share * sizes[i], 0);
  return { ...found, unstableRatio: neurons > 0 ? unstable / neurons : 0 };
}
