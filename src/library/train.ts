/** @file Training and measuring a network from a program. */
import { availableParallelism } from 'node:os';
import type { Norm } from '../bounds/ball.ts';
import { imageCount, subsetOf, type Dataset } from '../data/dataset.ts';
import { createRng } from '../data/rng.ts';
import { UserError } from '../formats/userError.ts';
import type { NumberedNetwork } from '../nn/foldBatchNorm.ts';
import { initialize } from '../nn/initialize.ts';
import { maskNumbers, type Masks } from '../nn/masks.ts';
import type { Network } from '../nn/network.ts';
import { parameterSpecs } from '../nn/parameters.ts';
import { fullMasks, prunableKeys } from '../prune/masks.ts';
import { engineOf, evaluationOf, trainPlanOf } from '../run/stages/setting.ts';
import { trainingThreads } from '../run/stages/trainingThreads.ts';
import { sizeOf } from '../tensor/shape.ts';
import { evaluateAccuracies, type Accuracies } from '../train/evaluate.ts';
import { startCheckpoint, type Checkpoint, type TrainEpoch, type TrainProgress } from '../train/plan.ts';
import { trainInThread, trainPoolOptions } from '../train/trainThreads.ts';
import { trainingSettings, type Settings } from './settings.ts';
import { beginWork, type Work } from './work.ts';

/** Images to train on, and to choose the best epoch by; none of the latter: none is chosen. */
export interface TrainingImages {
  readonly train: Dataset;
  readonly validation?: Dataset;
}

/** How a network is trained. */
export interface TrainingOptions {
  /** Keys of training in docs/configuration.md: `objective`, `epochs`, `lr`, `eps`, `seed`, … Without any: clean images. */
  readonly settings?: Settings;
  /** Where training begins: a checkpoint of earlier training, or numbers; default: drawn from the seed. */
  readonly start?: Checkpoint | Checkpoint['numbers'];
  /** 1 where a weight is kept, by key; default: those of the checkpoint, else all. */
  readonly masks?: Masks;
  /** Threads of a step; default one a processor. */
  readonly threads?: number;
  /** Ends the training; `result` then rejects with its reason. */
  readonly signal?: AbortSignal;
}

/**
 * A step was taken (told a few times a second), or an epoch is over; epochs count from 0. `part`: within an epoch, every two
 * minutes and where the signal ends the training. Training that starts from any of the checkpoints comes to the same bits.
 */
export type TrainingEvent =
  | ({ readonly type: 'step' } & TrainProgress)
  | ({ readonly type: 'epoch'; readonly isBest: boolean; readonly checkpoint: Checkpoint } & TrainEpoch)
  | { readonly type: 'part'; readonly checkpoint: Checkpoint };

/** A trained network; what the masks prune is 0. */
export interface TrainedNetwork extends NumberedNetwork {
  readonly numbers: Readonly<Record<string, Float32Array>>;
  readonly masks: Masks;
  /** What further training may start from, optimiser included. */
  readonly checkpoint: Checkpoint;
}

/**
 * Trains a network in a thread of its own. The same settings, images, threads and start give the same bits.
 * @returns work whose result is the network after its last epoch
 * @throws (from `result`) UserError for a fault in the settings, images of another size, a loss that is not finite
 */
export function train(
  network: Network,
  images: TrainingImages,
  options: TrainingOptions = {},
): Work<TrainingEvent, TrainedNetwork> {
  return beginWork(async (tell) => {
    const config = trainingSettings(options.settings ?? {});
    const { threads = availableParallelism(), signal } = options;
    const validation = images.validation ?? subsetOf(images.train, []);
    for (const dataset of [images.train, validation]) requireFit(network, dataset);
    if (imageCount(images.train) < config.batchSize)
      throw new UserError(
        `${imageCount(images.train)} training images do not fill a batch of ${config.batchSize}: take a smaller batch_size.`,
      );
    const plan = { ...trainPlanOf(config, 0, threads), network };
    const start = startOf(network, options, config.seed);
    signal?.throwIfAborted();
    const pool = trainingThreads.open(config.plugins, trainPoolOptions);
    try {
      const checkpoint = await trainInThread(
        pool,
        { plan, data: { train: images.train, validation }, start },
        {
          onStep: (step) => tell({ type: 'step', ...step }),
          onEpoch: (epoch, at, isBest) => tell({ type: 'epoch', isBest, checkpoint: at, ...epoch }),
          onPart: (at) => tell({ type: 'part', checkpoint: at }),
        },
        signal,
      );
      const { masks } = checkpoint;
      return { network, numbers: masked(checkpoint.numbers, masks), masks, checkpoint };
    } finally {
      await pool.close();
    }
  });
}

const masked = (numbers: Checkpoint['numbers'], masks: Masks): Record<string, Float32Array> =>
  maskNumbers(numbers as Record<string, Float32Array>, masks);

const isCheckpoint = (start: Checkpoint | Checkpoint['numbers']): start is Checkpoint =>
  typeof start['epoch'] === 'number';

function startOf(network: Network, { start, masks }: TrainingOptions, seed: number): Checkpoint {
  const all = masks ?? fullMasks(network, prunableKeys(network));
  if (start === undefined)
    return startCheckpoint(masked(initialize(network, createRng(seed).fork('initialise')), all), all);
  const { numbers } = isCheckpoint(start) ? start : { numbers: start };
  for (const { key, shape } of parameterSpecs(network))
    if (numbers[key]?.length !== sizeOf(shape))
      throw new UserError(
        `The numbers to start from do not hold ${key} [${shape.join(',')}] of ${network.name}.`,
      );
  if (!isCheckpoint(start)) return startCheckpoint(masked(start, all), all);
  return { ...start, masks: masks ?? start.masks };
}

function requireFit(network: Network, { name, shape }: Dataset): void {
  if (shape.join() === network.inputShape.join()) return;
  throw new UserError(
    `Images of ${name} are ${shape.join('x')}, ${network.name} takes ${network.inputShape.join('x')}.`,
  );
}

/** How accuracies are measured. */
export interface EvaluationOptions {
  /** Radius of the attacks, raw pixels 0..1; default 0: clean accuracy alone says something. */
  readonly eps?: number;
  /** Of the radius; default the maximum norm. */
  readonly norm?: Norm;
  readonly pgdSteps?: number;
  /** Of the attack's starting points. */
  readonly seed?: number;
  readonly threads?: number;
  readonly signal?: AbortSignal;
}

/**
 * Accuracies on images, as fractions in 0..1: clean, under FGSM, under PGD; attacked ones count where both answers are right.
 * Gives way to other events of the program after every batch.
 * @throws UserError where the images are of another size; the signal's reason
 */
export async function evaluate(
  { network, numbers }: NumberedNetwork,
  images: Dataset,
  {
    eps = 0,
    norm,
    pgdSteps = 20,
    seed = 0,
    threads = availableParallelism(),
    signal,
  }: EvaluationOptions = {},
): Promise<Accuracies> {
  requireFit(network, images);
  const config = trainingSettings({ eps, ...(norm !== undefined && { norm }) });
  return evaluateAccuracies(
    network,
    numbers as Record<string, Float32Array>,
    images,
    evaluationOf(config, pgdSteps),
    {
      rng: createRng(seed),
      engine: engineOf(config, threads),
      signal,
    },
  );
}
