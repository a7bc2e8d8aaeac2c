/** @file A small net trained, then pruned and trained again: by magnitude to 98 %, and by channels to 50 % and 75 %. */
import { noAugmentation } from '../src/data/augment.ts';
import { splitTrainValidation, subsetOf, type Dataset } from '../src/data/dataset.ts';
import { loadDataset } from '../src/data/datasets.ts';
import { mnist } from '../src/data/mnist.ts';
import { createRng } from '../src/data/rng.ts';
import type { NumberedNetwork } from '../src/nn/foldBatchNorm.ts';
import { initialize } from '../src/nn/initialize.ts';
import { maskNumbers, type Masks } from '../src/nn/masks.ts';
import { buildModel } from '../src/nn/zoo/models.ts';
import { fullMasks, prunableKeys } from '../src/prune/masks.ts';
import { pruneStep } from '../src/prune/prune.ts';
import { startCheckpoint, type Checkpoint, type TrainPlan } from '../src/train/plan.ts';
import { trainLoop } from '../src/train/trainLoop.ts';

/** One trained state. */
export interface SparseState extends NumberedNetwork {
  readonly title: string;
  /** Accuracy on validation images, 0..1. */
  readonly accuracy: number;
  readonly masks: Masks;
}

export interface SparseStates {
  readonly test: Dataset;
  readonly epsilon: number;
  readonly dense: SparseState;
  /** The dense state trained on for as many epochs as the last of `magnitude`: what training longer does by itself. */
  readonly control: SparseState;
  /** 80, 90, 95 and 98 % of all weights gone. */
  readonly magnitude: readonly SparseState[];
  /** 50 and 75 % of each layer's channels gone. */
  readonly channels: readonly SparseState[];
}

const first = (data: Dataset, count: number): Dataset =>
  subsetOf(
    data,
    Array.from({ length: count }, (_, i) => i),
  );

/** @param epochs of each state; linear layers are pruned too, and training goes on from the pruned weights */
export async function sparseStates(arch: string, images: number, epochs: number): Promise<SparseStates> {
  const epsilon = 0.1;
  const { train: all, test } = loadDataset('mnist', {});
  const split = splitTrainValidation(all, 1000, createRng(1).fork('split'));
  const data = { train: first(split.train, images), validation: split.validation };
  const normalization = mnist.normalization;
  const network = buildModel(arch, { classes: 10, inputShape: [1, 28, 28], bn: false, normalization });
  const plan: TrainPlan = {
    network,
    objective: 'fgsm',
    objectiveOptions: { randomStart: true },
    regularizers: { nrs: { weight: 0.1, options: { batchShare: 0.25, epsilon } } },
    optimizer: 'adam',
    optimizerOptions: {},
    learningRate: { base: 2e-3, options: { milestones: [Math.ceil(0.7 * epochs)] } },
    epsilon: { schedule: 'FixedScheduler', max: epsilon, options: {} },
    clip: 8,
    epochs,
    batchSize: 128,
    augment: noAugmentation,
    seed: 1,
    evaluation: { batchSize: 250, epsilon, pgdSteps: 10 },
    criterion: 'fgsm',
    engine: { threads: 2 },
  };
  const trained = async (title: string, start: Checkpoint): Promise<SparseState> => {
    let accuracy = 0;
    const onEpoch = ({ standard = 0 }): void => void (accuracy = standard);
    const { numbers, masks } = await trainLoop(plan, data, start, { onEpoch });
    return {
      title,
      accuracy,
      network,
      numbers: maskNumbers(numbers as Record<string, Float32Array>, masks),
      masks,
    };
  };
  const pruned = async (
    from: SparseState,
    method: string,
    rate: number,
    title: string,
  ): Promise<SparseState> => {
    const context = { ...from, rng: createRng(title) };
    const { masks } = await pruneStep(context, { method, rate, layerwise: method === 'l1-channel' });
    const numbers = maskNumbers(from.numbers as Record<string, Float32Array>, masks);
    return trained(title, startCheckpoint(numbers, masks));
  };
  const masks = fullMasks(network, prunableKeys(network, { linear: true }));
  const dense = await trained('dense', startCheckpoint(initialize(network, createRng(1)), masks));
  let control = dense;
  for (let i = 0; i < 4; i++) {
    const numbers = control.numbers as Record<string, Float32Array>;
    control = await trained('dense, trained as long as 98 %', startCheckpoint(numbers, masks));
  }
  const magnitude: SparseState[] = [];
  for (const [gone, rate] of [
    [80, 0.8],
    [90, 0.5],
    [95, 0.5],
    [98, 0.6],
  ])
    magnitude.push(await pruned(magnitude.at(-1) ?? dense, 'l1unstruct', rate, `l1unstruct ${gone} %`));
  const channels: SparseState[] = [];
  for (const rate of [0.5, 0.75])
    channels.push(await pruned(dense, 'l1-channel', rate, `l1-channel ${100 * rate} %`));
  return { test, epsilon, dense, control, magnitude, channels };
}
