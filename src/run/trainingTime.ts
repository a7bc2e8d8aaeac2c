/** @file How long a configuration's training takes on this machine, from measured steps and passes over images. */
import { availableParallelism } from 'node:os';
import { performance } from 'node:perf_hooks';
import { closeSessions } from '../engine/backend/session.ts';
import { UserError } from '../formats/userError.ts';
import { prunableKeys } from '../prune/masks.ts';
import { estimateAccuracies, estimateBounds, estimateStep } from '../train/estimatePace.ts';
import {
  measureAccuracies,
  measureBounds,
  measureStep,
  passSeconds,
  type PassPace,
} from '../train/measurePace.ts';
import { objectiveEpochs, objectiveAt } from '../train/stepMachine.ts';
import { dataFacts } from './config/dataFacts.ts';
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

/** What is measured: see train/measurePace.ts. */
export interface Measures {
  readonly step: typeof measureStep;
  readonly accuracies: typeof measureAccuracies;
  readonly bounds: typeof measureBounds;
}

/** Before a first run: tracing, lowering, opening a session. */
const setUpSeconds = 0.5;
/** Runs that a measurement makes at least: one that opens the session, one that is timed. */
const leastRuns = 2;

/**
 * Measures once what, by its operations, is done within the time; the memory of its sessions is given back.
 * @param seconds for all measurements together, from now on
 */
function boundedMeasuring(seconds: number) {
  const end = performance.now() / 1e3 + seconds;
  const known = new Map<string, Promise<unknown>>();
  let estimated = false;
  return {
    /** @param runSeconds of a run, as estimated. @param estimate what counts where that takes too long */
    async ask<T>(
      key: string,
      runSeconds: number,
      estimate: T,
      measure: (budget: number) => Promise<T>,
    ): Promise<T> {
      const left = end - performance.now() / 1e3;
      const least = setUpSeconds + leastRuns * runSeconds;
      if (!known.has(key)) {
        if (least > left) {
          estimated = true;
          return estimate;
        }
        known.set(
          key,
          alone(() => measure(Math.max(0, Math.min(seconds / 4, left - least)))),
        );
      }
      return known.get(key) as Promise<T>;
    },
    anyEstimated: () => estimated,
  };
}

async function alone<T>(measure: () => Promise<T>): Promise<T> {
  try {
    return await measure();
  } finally {
    await closeSessions();
  }
}

/**
 * A clock that measures each distinct step and pass once: configurations that differ in seed, radius, pruning or
 * number of images share them. Nothing is read or written. Sparse states are taken to cost what the dense one costs:
 * ONNX Runtime multiplies pruned weights like others. Left out are what takes seconds only: starting threads, reading
 * images, writing checkpoints, and scores from a few batches.
 * What does not fit into the time for measuring is estimated from operations.
 * @param seconds for measuring, from now on, over all configurations
 * The clock throws a UserError where the training would: a device that is missing, too few images for a batch.
 */
export function trainingClock(
  measures: Measures = { step: measureStep, accuracies: measureAccuracies, bounds: measureBounds },
  seconds = measuringSeconds,
): TrainingClock {
  const { ask, anyEstimated } = boundedMeasuring(seconds);
  return async (config) => {
    const plan = trainPlanOf(config, 0, config.threads || availableParallelism());
    const maskKeys = prunableKeys(plan.network, { linear: config.prune.linear });
    const { train, validation, test } = imageCounts(config);
    const steps = Math.floor(train / plan.batchSize);
    if (steps === 0)
      throw new UserError(`A batch of ${plan.batchSize} is more than the ${train} training images`);

    const keyOf = (name: keyof Measures, ...parts: readonly unknown[]): string =>
      `${name} ${JSON.stringify([plan.network, plan.engine])} ${programKey(parts)}`;
    const pass = (
      name: keyof Measures,
      parts: readonly unknown[],
      guess: PassPace,
      measure: (budget: number) => Promise<PassPace>,
    ) => ask(keyOf(name, ...parts), guess.batchSeconds, guess, measure);
    const stepSeconds = (epsilon: number): Promise<number> => {
      const objective = objectiveAt(plan, epsilon);
      const guess = estimateStep(plan, objective);
      const { objectiveOptions, regularizers, optimizer, optimizerOptions, batchSize, clip } = plan;
      const loss = [objective, objectiveOptions, regularizers];
      const key = keyOf('step', ...loss, optimizer, optimizerOptions, batchSize, clip, maskKeys);
      return ask(key, guess, guess, (budget) => measures.step(plan, maskKeys, epsilon, budget));
    };

    const ofImages = await pass('accuracies', [plan.evaluation], estimateAccuracies(plan), (budget) =>
      measures.accuracies(plan, budget),
    );
    let validationSeconds = passSeconds(ofImages, validation);
    const { certify } = plan;
    const images = Math.min(validation, certify?.images ?? 0);
    if (certify && images > 0) {
      const guess = estimateBounds(plan, certify, images);
      const ofBounds = await pass('bounds', [certify, images], guess, (budget) =>
        measures.bounds(plan, certify, images, budget),
      );
      validationSeconds += passSeconds(ofBounds, images);
    }
    let trainSeconds = 0;
    for (const { epochs, epsilon } of objectiveEpochs(plan, steps))
      trainSeconds += epochs * (steps * (await stepSeconds(epsilon)) + validationSeconds);
    const stateSeconds = trainSeconds + passSeconds(ofImages, test);

    const epochs = scoreEpochs(config);
    const pruneSeconds = epochs === 0 ? 0 : epochs * steps * (await stepSeconds(config.eps));
    const states = planStates(config, runPaths('.'));
    const prunings = states.filter(({ prune }) => prune !== undefined).length;
    return {
      epochSeconds: trainSeconds / plan.epochs,
      stateSeconds,
      pruneSeconds,
      seconds: states.length * stateSeconds + prunings * pruneSeconds,
      ...(anyEstimated() && { estimated: true }),
    };
  };
}

function imageCounts(config: RunConfig): ImageCounts {
  const { validationSize, trainSize, evalImages } = config;
  const { trainCount, testCount, validationCount } = dataFacts(config);
  const train = Math.max(0, trainCount - (validationCount === undefined ? validationSize : 0));
  return {
    train: trainSize === 0 ? train : Math.min(train, trainSize),
    validation: validationSize,
    test: evalImages === 0 ? testCount : Math.min(testCount, evalImages),
  };
}

/** Numbers that make no difference to a program's time. */
const values = new Set(['epsilon', 'epsilonMax', 'weight', 'attackAlpha']);

const programKey = (parts: readonly unknown[]): string =>
  JSON.stringify(parts, (key, value: unknown) => (values.has(key) ? undefined : value));
