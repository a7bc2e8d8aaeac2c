/** @file What a configuration means in terms of the rooms below: network, data, plan of training. */
import { cropAndFlip, noAugmentation, type Augmentation } from '../../data/augment.ts';
import { imageCount, splitTrainValidation, subsetOf, type Dataset } from '../../data/dataset.ts';
import { loadDataset } from '../../data/datasets.ts';
import { createRng } from '../../data/rng.ts';
import type { CompileOptions } from '../../engine/compile.ts';
import type { Network } from '../../nn/network.ts';
import { networkOfArchitecture, readArchitecture } from '../../nn/notation/architecture.ts';
import { optimizers } from '../../nn/optimizers/optimizers.ts';
import { buildModel } from '../../nn/zoo/models.ts';
import { radiusSchedules } from '../../train/schedules/epsilon.ts';
import { rateSchedules } from '../../train/schedules/learningRate.ts';
import type { EvaluationPlan, TrainPlan } from '../../train/plan.ts';
import { maskingSchedules } from '../../prune/schedules/schedules.ts';
import { dataFacts, openRunData } from '../config/dataFacts.ts';
import { memberOptions } from '../config/memberOptions.ts';
import type { RunConfig } from '../config/schema.ts';
import { certifyOf, criterionOf, objectiveOptionsOf, regularizersOf } from './trainingLoss.ts';

/** Images of a run and the checksums of the files they came from. */
export interface RunData {
  readonly train: Dataset;
  readonly validation: Dataset;
  readonly test: Dataset;
  readonly files: Readonly<Record<string, string>>;
}

/** Training, validation and test images; the split depends on the seed alone. */
export function loadRunData(config: RunConfig): RunData {
  const {
    train: all,
    test,
    validation: stated,
    files,
  } = config.dataRecord
    ? openRunData(config)
    : {
        ...loadDataset(config.dataset, config.data === '' ? {} : { dataDirectory: config.data }),
        validation: undefined,
      };
  if (stated) return { train: firstImages(all, config.trainSize), validation: stated, test, files };
  const { train, validation } = splitTrainValidation(
    all,
    config.validationSize,
    createRng(config.seed).fork('split'),
  );
  return { train: firstImages(train, config.trainSize), validation, test, files };
}

/** The first `count` images; all for 0. */
export function firstImages(dataset: Dataset, count: number): Dataset {
  if (count === 0 || count >= imageCount(dataset)) return dataset;
  return subsetOf(
    dataset,
    Array.from({ length: count }, (_, i) => i),
  );
}

/** The configuration's network, normalisation included. */
export function networkOf(config: RunConfig): Network {
  const { shape, classes, normalization: study, earlier, domain } = dataFacts(config);
  const normalization = (config.normalization === 'earlier' && earlier?.normalization) || study;
  const { arch } = config;
  const choices = { classes, ...(config.normalization !== 'none' && { normalization }) };
  const network =
    typeof arch === 'string'
      ? buildModel(arch, { ...choices, inputShape: shape, bn: config.bn })
      : networkOfArchitecture(readArchitecture(arch), { ...choices, shape });
  return domain ? { ...network, domain } : network;
}

function augmentationOf(config: RunConfig): Augmentation {
  if (config.augment === 'none') return noAugmentation;
  if (config.augment === 'crop_flip') return cropAndFlip;
  return dataFacts(config).augmentation;
}

/** How runs measure accuracies: FGSM at full step and PGD with 20 steps, at the run's radius. */
export function evaluationOf(config: RunConfig, pgdSteps = 20): EvaluationPlan {
  return { batchSize: 100, epsilon: config.eps, norm: config.norm, pgdSteps };
}

/** The plan of one state's training. */
export function trainPlanOf(config: RunConfig, state: number, threads: number): TrainPlan {
  const advance = config.prune.advanceLr && state > 0 ? config.rewindEpoch : 0;
  return {
    network: networkOf(config),
    objective: config.objective,
    objectiveOptions: objectiveOptionsOf(config),
    regularizers: regularizersOf(config),
    optimizer: config.optimizer,
    optimizerOptions: memberOptions(optimizers.named(config.optimizer), config),
    learningRate: {
      schedule: config.lrSchedule,
      base: config.lr,
      warmup: config.lrWarmup,
      options: memberOptions(rateSchedules.named(config.lrSchedule), config),
      advance,
    },
    epsilon: {
      schedule: config.schedulerName,
      max: config.eps,
      options: memberOptions(radiusSchedules.named(config.schedulerName), config),
    },
    clip: config.clip,
    epochs: config.epochs,
    batchSize: config.batchSize,
    augment: augmentationOf(config),
    seed: config.seed,
    evaluation: evaluationOf(config),
    certify: certifyOf(config),
    criterion: criterionOf(config),
    engine: engineOf(config, threads),
    ...maskingOf(config),
  };
}

/** Pruning during training; only epochs with the final masks may be the best. */
function maskingOf(config: RunConfig): Pick<TrainPlan, 'masking' | 'bestFrom'> {
  if (!maskingSchedules.has(config.pruneMethod)) return {};
  const options = memberOptions(maskingSchedules.named(config.pruneMethod), config);
  const { begin, end = 0.75 * config.epochs, every } = options;
  return {
    masking: { schedule: config.pruneMethod, sparsity: config.rate, begin, end, every, options },
    bestFrom: Math.min(Math.floor(end), config.epochs - 1),
  };
}

/** How programs of this run are compiled. */
export function engineOf(config: RunConfig, threads: number): CompileOptions {
  return {
    threads,
    device: config.device as NonNullable<CompileOptions['device']>,
  };
}
