/** @file The runs in a folder: finding, listing, looking into and removing them, and how one begins. */
import { existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { systemFault } from '../formats/systemFault.ts';
import { UserError } from '../formats/userError.ts';
import { suggestion } from '../family/nearest.ts';
import type { RunConfig } from './config/schema.ts';
import { isComplete } from './experiment.ts';
import { liveHolder } from './lock.ts';
import { runPaths } from './paths.ts';
import { planStates } from './plan.ts';
import type { StateMeta, VerifySummary } from './records.ts';
import { isRunDirectory, readMeta, readRunConfig, restoreConfig, checkSameConfig } from './runDirectory.ts';
import { isVerified, readSummary } from './verdictFiles.ts';
import { runDamage } from './damage.ts';

/** `CERTPRUNE_RUNS`, else `runs` in the current folder. */
export function defaultRunsFolder(): string {
  return process.env['CERTPRUNE_RUNS'] || 'runs';
}

/** A run at a glance. */
export interface RunOverview {
  readonly name: string;
  readonly directory: string;
  /** `running`: a process holds it; `complete`: nothing is left to do; `damaged`: `problem` says why. */
  readonly status: 'running' | 'complete' | 'stopped' | 'damaged';
  readonly config?: RunConfig;
  readonly metas: readonly StateMeta[];
  readonly summaries: readonly VerifySummary[];
  /** States planned. */
  readonly states: number;
  /** ISO 8601 time of the last change of the event log. */
  readonly changed: string;
  readonly problem?: string;
}

/**
 * The directory of a run given by path, or by name below `folder`.
 * A missing configuration is restored from the run's own copy.
 * @throws UserError naming the nearest run
 */
export function findRun(nameOrPath: string, folder = defaultRunsFolder()): string {
  const found = [nameOrPath, join(folder, nameOrPath)].find(restoreConfig);
  if (found !== undefined) return found;
  const known = runNames(folder);
  const advice =
    known.length > 0
      ? `${suggestion(basename(nameOrPath), known)} (runs in ${folder}: ${known.join(', ')})`
      : `there are no runs in ${folder}; start one with: certprune run --preset mnist-quick`;
  throw new UserError(`There is no run "${nameOrPath}"; ${advice}.`);
}

/** All runs of a folder, newest first. */
export function listRuns(folder = defaultRunsFolder()): RunOverview[] {
  return runNames(folder)
    .map((name) => readOverview(join(folder, name)))
    .sort((a, b) => b.changed.localeCompare(a.changed) || a.name.localeCompare(b.name));
}

/** A run at a glance; a damaged one is told as such, not thrown. */
export function readOverview(directory: string): RunOverview {
  const paths = runPaths(directory);
  const newest = existsSync(paths.events) ? paths.events : paths.config;
  const base = { name: basename(paths.root), directory, changed: statSync(newest).mtime.toISOString() };
  try {
    const config = readRunConfig(paths);
    const plan = planStates(config, paths);
    const metas = metasOf(directory, config);
    const summaries = plan
      .map(({ state }) => paths.verify(state))
      .filter(isVerified)
      .map(readSummary);
    const status = liveHolder(paths.lock)
      ? 'running'
      : isComplete(directory, config, metas)
        ? 'complete'
        : 'stopped';
    return { ...base, status, config, metas, summaries, states: plan.length };
  } catch (error) {
    return {
      ...base,
      status: 'damaged',
      metas: [],
      summaries: [],
      states: 0,
      problem: (error as Error).message,
    };
  }
}

/**
 * Deletes a run directory and all in it.
 * @throws UserError where it is no run directory or a process is at work on it
 */
export function removeRun(directory: string): void {
  checkRemovable(directory);
  const paths = runPaths(directory);
  try {
    // The configuration goes first: what a kill leaves behind is no run any more.
    rmSync(paths.config);
    rmSync(paths.root, { recursive: true });
  } catch (error) {
    throw new UserError(`${directory} cannot be deleted: ${systemFault(error)}.`);
  }
}

/** @throws UserError as `removeRun`, before anything is deleted */
export function checkRemovable(directory: string): void {
  if (!isRunDirectory(directory)) {
    throw new UserError(`${directory} is not a run directory (it has no config.yaml): nothing was deleted.`);
  }
  const holder = liveHolder(runPaths(directory).lock);
  if (holder)
    throw new UserError(
      `Process ${holder.pid} is at work on ${directory}: nothing was deleted. Stop it first.`,
    );
}

function runNames(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder).filter((name) => isRunDirectory(join(folder, name)));
}

/** `start`: nothing is there; `resume`: part of it is; `complete`: nothing is left to do. */
type Beginning = 'start' | 'resume' | 'complete';

/**
 * Decides how a run begins; with `fresh` an earlier run of that directory is deleted.
 * @throws UserError where a run is there and neither `resume` nor `fresh` is said, or its configuration differs
 */
export function beginRun(
  directory: string,
  config: RunConfig,
  choice: { readonly resume: boolean; readonly fresh: boolean },
): Beginning {
  if (!isRunDirectory(directory)) return 'start';
  if (choice.fresh) {
    removeRun(directory);
    return 'start';
  }
  const paths = runPaths(directory);
  checkSameConfig(paths, config);
  // What is damaged is done again, even where everything was done.
  if (choice.resume && runDamage(paths, config).length > 0) return 'resume';
  const metas = metasOf(directory, config);
  if (isComplete(directory, config, metas)) return 'complete';
  if (choice.resume) return 'resume';
  const trained = metas.filter((meta) => meta.finished).length;
  throw new UserError(
    `${directory} holds a run already (${trained} of ${planStates(config, paths).length} states trained). Continue it ` +
      'with --resume, start over with --fresh, or choose another name: name=NAME.',
  );
}

/** The records of the states that have begun. */
function metasOf(directory: string, config: RunConfig): StateMeta[] {
  const paths = runPaths(directory);
  return planStates(config, paths)
    .map(({ state }) => readMeta(paths, state))
    .filter((meta) => meta !== undefined);
}
