/** @file How long training's parts would take by their operations alone, where measuring them takes too long. */
import { bendsAtZero } from '../nn/layers/rules.ts';
import { availableParallelism } from 'node:os';
import { macsOf } from '../nn/macs.ts';
import type { Network } from '../nn/network.ts';
import { layerShapes, outputShape } from '../nn/shapes.ts';
import { sizeOf } from '../tensor/index.ts';
import { certifyBatchSize } from './certify.ts';
import type { CertifyPlan } from './measures/measure.ts';
import type { PassPace } from './measurePace.ts';
import type { TrainPlan } from './plan.ts';

/** Operations a second of one thread in steps of convolutional networks, of the order of what steps reach here. */
const threadRate = 3e10;

/** Forward passes that a step's work is worth: a pass backward is worth two. */
const stepPasses: Readonly<Record<string, (plan: TrainPlan) => number>> = {
  natural: () => 3,
  fgsm: () => 6,
  pgd: ({ evaluation }) => 3 * (evaluation.pgdSteps + 1),
  ibp: () => 9,
  fastIbp: () => 9,
  crownIbp: ({ network }) => 9 + 3 * outputShape(network)[0],
  // A row for every neuron, and its gradient.
  crown: ({ network }) => 9 + 6 * neuronsOf(network),
};
const otherPasses = 15;

/** Neurons before ReLUs. */
function neuronsOf(network: Network): number {
  const shapes = layerShapes(network);
  return network.layers.filter(bendsAtZero).reduce((sum, { name }) => sum + sizeOf(shapes.get(name)!), 0);
}

const secondsOf = (network: Network, passes: number, images: number, threads: number | undefined): number =>
  (2 * macsOf(network) * passes * images) / (threadRate * (threads ?? availableParallelism()));

/** Seconds of a step with an objective, as `measureStep` would find them. */
export function estimateStep(plan: TrainPlan, objective: string): number {
  const passes =
    (Object.hasOwn(stepPasses, objective) ? stepPasses[objective](plan) : otherPasses) ?? otherPasses;
  return secondsOf(plan.network, passes, plan.batchSize, plan.engine.threads);
}

/** The pace of a pass of accuracies: clean, FGSM, and a backward pass for each step of PGD. */
export function estimateAccuracies({
  network,
  evaluation,
  engine,
}: Pick<TrainPlan, 'network' | 'evaluation' | 'engine'>): PassPace {
  const { batchSize, pgdSteps } = evaluation;
  const batchSeconds = secondsOf(network, 1 + 3 * (pgdSteps + 1), batchSize, engine.threads);
  return { onceSeconds: 0, batchSeconds, batchSize };
}

/** The pace of a pass of bounds: intervals, and a row for each class where CROWN is asked for. */
export function estimateBounds(
  { network, engine }: Pick<TrainPlan, 'network' | 'engine'>,
  certify: CertifyPlan,
  images: number,
): PassPace {
  const batchSize = certifyBatchSize(network, Math.min(images, certify.images));
  const passes = 3 + (certify.crown ? 2 * outputShape(network)[0] : 0);
  return { onceSeconds: 0, batchSeconds: secondsOf(network, passes, batchSize, engine.threads), batchSize };
}
