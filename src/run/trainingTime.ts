/** @file How long a configuration's training takes on this machine, from measured steps and passes over images. */
import { availableParallelism } from 'node:os';
import { findDataset } from '../data/datasets.ts';
import { closeSessions } from '../engine/backend/session.ts';
import { UserError } from '../formats/userError.ts';
import { prunableKeys } from '../prune/masks.ts';
import { measureAccuracies, measureBounds, measureStep, passSeconds } from '../train/measurePace.ts';
import { objectiveEpochs } from '../train/objectiveEpochs.ts';
import type { TrainPlan } from '../train/plan.ts';
import { objectiveAt } from '../train/stepMachine.ts';
import { boundedMeasures, type Measures } from './boundedMeasures.ts';
import type { RunConfig } from './config/schema.ts';
import { runPaths } from './paths.ts';
import { planStates, scoreEpochs } from './plan.ts';
import { trainPlanOf } from './stages/setting.ts';

/** Estimated seconds. */
export interface TrainingTime {
  /** An epoch with its validation, on average. */
  readonly epochSeconds: number;
  /** All epochs of a state, and its evaluation on test images. */
  readonly stateSeconds: number;
  /** The epochs that one pruning trains its scores for (hydra); 0 for others, whose scores take a few steps. */
  readonly pruneSeconds: number;
  /** All states and prunings. */
  readonly seconds: number;
  /** Something was estimated from operations, since measuring it takes too long. */
  readonly estimated?: true;
}

/** Tells the training time of configurations, one after the other. */
export type TrainingClock = (config: RunConfig) => Promise<TrainingTime>;

/** Images of each part, as far as the catalogue knows them before the files are read. */
interface ImageCounts {
  readonly train: number;
  readonly validation: number;
  readonly test: number;
}

/** What a dry run may take to measure, all in all: a person waits for it. */
const measuringSeconds = 2;

/**
 * A clock that measures each distinct step and pass once: configurations that differ in seed, radius, pruning or
 * number of images share them. Nothing is read or written. Sparse states are taken to cost what the dense one costs:
 * ONNX Runtime multiplies pruned weights like others. Left out are what takes seconds only: starting threads, reading
 * images, writing checkpoints, and scores from a few batches.
 * What does not fit into the time for measuring is estimated from operations.
 * @param seconds for measuring, from now on, over all configurations
 * The clock throws a UserError where the training would: a device that is missing, too few images for a batch.
 */
export function trainingClock(measures?: Measures, seconds = measuringSeconds): TrainingClock {
  const bounded = boundedMeasures(rememberedMeasures(measures ?? realMeasures), seconds);
  return async (config) => {
    const plan = trainPlanOf(config, 0, config.threads || availableParallelism());
    const maskKeys = prunableKeys(plan.network, { linear: config.prune.linear });
    const { train, validation, test } = imageCounts(config);
    const steps = Math.floor(train / plan.batchSize);
    if (steps === 0)
      throw new UserError(`A batch of ${plan.batchSize} is more than the ${train} training images`);

    const ofImages = await bounded.accuracies(plan);
    let validationSeconds = passSeconds(ofImages, validation);
    const images = Math.min(validation, plan.certify?.images ?? 0);
    if (plan.certify && images > 0)
      validationSeconds += passSeconds(await bounded.bounds(plan, plan.certify, images), images);
    let trainSeconds = 0;
    for (const { epochs, epsilon } of objectiveEpochs(plan, steps))
      trainSeconds += epochs * (steps * (await bounded.step(plan, maskKeys, epsilon)) + validationSeconds);
    const stateSeconds = trainSeconds + passSeconds(ofImages, test);

    const epochs = scoreEpochs(config);
    const atEnd = epochs === 0 ? 0 : await bounded.step(plan, maskKeys, config.eps);
    const pruneSeconds = epochs * steps * atEnd;
    const states = planStates(config, runPaths('.'));
    const prunings = states.filter(({ prune }) => prune !== undefined).length;
    return {
      epochSeconds: trainSeconds / plan.epochs,
      stateSeconds,
      pruneSeconds,
      seconds: states.length * stateSeconds + prunings * pruneSeconds,
      ...(bounded.anyEstimated() && { estimated: true }),
    };
  };
}

function imageCounts({ dataset, validationSize, trainSize, evalImages }: RunConfig): ImageCounts {
  const { trainCount, testCount } = findDataset(dataset);
  const train = Math.max(0, trainCount - validationSize);
  return {
    train: trainSize === 0 ? train : Math.min(train, trainSize),
    validation: validationSize,
    test: evalImages === 0 ? testCount : Math.min(testCount, evalImages),
  };
}

const realMeasures: Measures = {
  step: measureStep,
  accuracies: measureAccuracies,
  bounds: measureBounds,
};

/** Each distinct measurement once; the memory of its sessions is given back. */
function rememberedMeasures({ step, accuracies, bounds }: Measures): Measures {
  const known = new Map<string, Promise<unknown>>();
  const once = <T>(
    name: keyof Measures,
    { network, engine }: Pick<TrainPlan, 'network' | 'engine'>,
    parts: readonly unknown[],
    measure: () => Promise<T>,
  ): Promise<T> => {
    const key = [name, JSON.stringify([network, engine]), programKey(parts)].join(' ');
    const found = known.get(key) ?? measureAlone(measure);
    known.set(key, found);
    return found as Promise<T>;
  };
  return {
    step: (plan, maskKeys, epsilon, budget) => {
      const { objectiveOptions, regularizers, optimizer, optimizerOptions, batchSize, clip } = plan;
      const loss = [objectiveAt(plan, epsilon), objectiveOptions, regularizers];
      const parts = [...loss, optimizer, optimizerOptions, batchSize, clip, maskKeys];
      return once('step', plan, parts, () => step(plan, maskKeys, epsilon, budget));
    },
    accuracies: (plan, budget) => once('accuracies', plan, [plan.evaluation], () => accuracies(plan, budget)),
    bounds: (plan, certify, images, budget) =>
      once('bounds', plan, [certify, images], () => bounds(plan, certify, images, budget)),
  };
}

/** Numbers that make no difference to a program's time. */
const values = new Set(['epsilon', 'epsilonMax', 'weight', 'attackAlpha']);

const programKey = (parts: readonly unknown[]): string =>
  JSON.stringify(parts, (key, value: unknown) => (values.has(key) ? undefined : value));

async function measureAlone<T>(measure: () => Promise<T>): Promise<T> {
  try {
    return await measure();
  } finally {
    await closeSessions();
  }
}
