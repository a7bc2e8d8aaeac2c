/** @file Whole runs from a program: the experiment, verification of its states, their networks. */
import { join } from 'node:path';
import type { RunConfig } from '../run/config/schema.ts';
import { runExperiment, verifyStates, type ExperimentOptions } from '../run/experiment.ts';
import { runPaths } from '../run/paths.ts';
import type { ProgressEvent } from '../run/progress.ts';
import type { VerifySummary } from '../run/records.ts';
import { readRunConfig } from '../run/runDirectory.ts';
import { beginRun, defaultRunsFolder, readOverview, type RunOverview } from '../run/runs.ts';
import { readStateNetwork, type StateNetwork } from '../run/stateNetwork.ts';
import { createStages } from '../run/stages/index.ts';
import { beginWork, type Work } from './work.ts';

/** Where a run goes, and how it begins. */
export interface RunOptions {
  /** The run directory; default: the configuration's name below `CERTPRUNE_RUNS`, else below `runs`. */
  readonly directory?: string;
  /** Goes on with a run that was stopped. */
  readonly resume?: boolean;
  /** Deletes an earlier run of that directory. */
  readonly fresh?: boolean;
  /** Stops at the next step, everything saved; `result` then rejects with its reason. */
  readonly signal?: AbortSignal;
}

/**
 * The whole experiment of a configuration: train, prune, rewind, again; then verify every state.
 * @returns work whose result is the run at a glance; one that is complete is left as it is
 * @throws (from `result`) UserError where part of a run is there and neither `resume` nor `fresh` is said, its
 * configuration is another, the data are missing, or another process holds it
 */
export function run(config: RunConfig, options: RunOptions = {}): Work<ProgressEvent, RunOverview> {
  const { resume = false, fresh = false, directory = join(defaultRunsFolder(), config.name) } = options;
  return atWork(directory, config, options.signal, async (experiment) => {
    if (beginRun(directory, config, { resume, fresh }) !== 'complete') await runExperiment(experiment);
    return readOverview(directory);
  });
}

/** Which states of a run are verified. */
export interface VerifyRunOptions {
  /** State numbers; default all that are trained. */
  readonly states?: readonly number[];
  /** Other settings than the run's own `verify`. */
  readonly verify?: Partial<RunConfig['verify']>;
  /** Throws earlier verdicts away. */
  readonly fresh?: boolean;
  readonly signal?: AbortSignal;
}

/**
 * Verifies trained states of a run.
 * @returns work whose result is the summaries of the states verified now
 * @throws (from `result`) UserError where a state is not trained
 */
export function verifyRun(
  directory: string,
  { states = [], verify = {}, fresh = false, signal }: VerifyRunOptions = {},
): Work<ProgressEvent, VerifySummary[]> {
  const config = readRunConfig(runPaths(directory));
  return atWork(directory, config, signal, (experiment) =>
    verifyStates(experiment, {
      states: states.length > 0 ? states : 'all',
      verify: { ...config.verify, ...verify },
      fresh,
    }),
  );
}

/** The network of a trained state, pruned weights 0. @throws UserError where it is not trained, or the run is none */
export function stateNetwork(
  directory: string,
  { state, which = 'last' }: { readonly state?: number; readonly which?: 'last' | 'best' } = {},
): StateNetwork {
  return readStateNetwork(directory, readRunConfig(runPaths(directory)), which, state);
}

function atWork<T>(
  directory: string,
  config: RunConfig,
  signal: AbortSignal = new AbortController().signal,
  body: (options: ExperimentOptions) => Promise<T>,
): Work<ProgressEvent, T> {
  return beginWork(async (progress) => {
    const stages = await createStages(config);
    try {
      return await body({ directory, config, stages, signal, progress });
    } finally {
      await stages.close?.();
    }
  });
}
