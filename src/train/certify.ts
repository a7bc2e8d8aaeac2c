/** @file What bounds say of a network in training: verified accuracies, NRS loss, unstable neurons, interval widths. */
import type { Norm } from '../bounds/ball.ts';
import { centerRadius, type Interval } from '../bounds/interval.ts';
import { imageCount, type Dataset } from '../data/dataset.ts';
import type { Network } from '../nn/network.ts';
import { layerShapes, outputShape } from '../nn/shapes.ts';
import { amax, indicator, lt, maximum, mul, neg, sizeOf, sum, type Tensor } from '../tensor/index.ts';
import { boundedRelus } from './certified/boundedPass.ts';
import { crownMargins, ibpMargins, lowerMargins, marginRows } from './certified/margins.ts';
import { stagedMean } from './certified/stagedMean.ts';
import { unstableNeurons } from './certified/unstableNeurons.ts';
import { measureBatches, type MeasureInputs, type MeasureOptions } from './measureBatches.ts';
import { objectiveContext } from './objectives/context.ts';
import { nrs, type NrsSettings } from './regularizers/nrs.ts';

/** How bounds are measured. */
export interface CertifyPlan {
  /** Radius, raw pixel units. */
  readonly epsilon: number;
  /** Of the radius; default the maximum norm. */
  readonly norm?: Norm;
  /** Only the first images; a CROWN row for every class and image is not cheap. */
  readonly images: number;
  /** Images a run; default `certifyBatchSize`. */
  readonly batchSize?: number;
  /** CROWN-verified accuracy too. */
  readonly crown: boolean;
  /** How the reported NRS loss is computed; its radius is the plan's. */
  readonly nrs?: NrsSettings;
}

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

/** Counts of verified images, and means over the batch. */
function certifying(network: Network, plan: CertifyPlan) {
  return (args: MeasureInputs) => {
    const context = objectiveContext({ ...args, network, norm: plan.norm, noise: {}, mode: 'eval' });
    const pass = context.bounds();
    const rows = marginRows(args.y, outputShape(network)[0]);
    const interval = lowerMargins(ibpMargins(pass, rows));
    const verified = (margins: Tensor): Tensor => sum(indicator(lt(amax(neg(margins), 1), 0)));
    const relus = boundedRelus(pass);
    const byRelu = (f: (interval: Interval) => Tensor): Record<string, Tensor> =>
      Object.fromEntries(relus.map((r) => [r.name, f(r.interval)]));
    return {
      ibp: verified(interval),
      ...(plan.crown && { crown: verified(maximum(interval, crownMargins(pass, rows))) }),
      nrs: nrs.evaluate(context, plan.nrs ?? {}),
      unstable: byRelu((interval) => stagedMean(unstableNeurons(interval))),
      width: byRelu((interval) => mul(stagedMean(centerRadius(interval).radius), 2)),
    };
  };
}

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
  const images = batches * batchSize;
  const sample = { network, numbers, dataset, batchSize, batches, epsilon: plan.epsilon };
  const totals = { ibp: 0, crown: 0, nrs: 0 };
  const unstable: Record<string, number> = {};
  const width: Record<string, number> = {};
  for await (const found of measureBatches(certifying(network, plan), sample, options)) {
    totals.ibp += found.ibp.data[0];
    totals.crown += found.crown?.data[0] ?? 0;
    totals.nrs += found.nrs.data[0];
    for (const [name, { data }] of Object.entries(found.unstable))
      unstable[name] = (unstable[name] ?? 0) + data[0] / batches;
    for (const [name, { data }] of Object.entries(found.width))
      width[name] = (width[name] ?? 0) + data[0] / batches;
  }
  const shapes = layerShapes(network);
  const sizes = Object.keys(unstable).map((name) => sizeOf(shapes.get(name)!));
  const neurons = sizes.reduce((a, b) => a + b, 0);
  const unstableCount = Object.values(unstable).reduce((n, share, i) => n + share * sizes[i], 0);
  return {
    ibp: totals.ibp / images,
    ...(plan.crown && { crown: totals.crown / images }),
    nrsLoss: totals.nrs / batches,
    unstableRatio: neurons > 0 ? unstableCount / neurons : 0,
    unstableRatioByLayer: unstable,
    intervalWidthByLayer: width,
  };
}
