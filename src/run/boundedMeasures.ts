/** @file Measures what a time budget allows, and estimates the rest from operations. */
import { performance } from 'node:perf_hooks';
import { estimateAccuracies, estimateBounds, estimateStep } from '../train/estimatePace.ts';
import type { measureAccuracies, measureBounds, measureStep } from '../train/measurePace.ts';
import { objectiveAt } from '../train/stepMachine.ts';

/** What is measured: see train/measurePace.ts. */
export interface Measures {
  readonly step: typeof measureStep;
  readonly accuracies: typeof measureAccuracies;
  readonly bounds: typeof measureBounds;
}

/** The same, and whether something was estimated instead. */
export interface BoundedMeasures {
  readonly step: (...args: Parameters<Measures['step']>) => Promise<number>;
  readonly accuracies: Measures['accuracies'];
  readonly bounds: Measures['bounds'];
  readonly anyEstimated: () => boolean;
}

/** Before a first run: tracing, lowering, opening a session. */
const setUpSeconds = 0.5;
/** Runs that a measurement makes at least: one that opens the session, one that is timed. */
const leastRuns = 2;

/**
 * Measures only what, by its operations, is done within the budget.
 * @param seconds for all measurements together, from now on
 */
export function boundedMeasures({ step, accuracies, bounds }: Measures, seconds: number): BoundedMeasures {
  const end = performance.now() / 1e3 + seconds;
  let estimated = false;
  const within = async <T>(
    runSeconds: number,
    measure: (budget: number) => Promise<T>,
    estimate: () => T,
  ): Promise<T> => {
    const left = end - performance.now() / 1e3;
    const least = setUpSeconds + leastRuns * runSeconds;
    if (least <= left) return measure(Math.max(0, Math.min(seconds / 4, left - least)));
    estimated = true;
    return estimate();
  };
  return {
    step(plan, maskKeys, epsilon) {
      const guess = estimateStep(plan, objectiveAt(plan, epsilon));
      return within(
        guess,
        (budget) => step(plan, maskKeys, epsilon, budget),
        () => guess,
      );
    },
    accuracies(plan) {
      const guess = estimateAccuracies(plan);
      return within(
        guess.batchSeconds,
        (budget) => accuracies(plan, budget),
        () => guess,
      );
    },
    bounds(plan, certify, images) {
      const guess = estimateBounds(plan, certify, images);
      return within(
        guess.batchSeconds,
        (budget) => bounds(plan, certify, images, budget),
        () => guess,
      );
    },
    anyEstimated: () => estimated,
  };
}
