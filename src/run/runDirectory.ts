/** @file Opening a run directory, new or begun: lock, configuration, environment, event log. */
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { isTemporary, writeFileAtomic } from '../formats/atomicWrite.ts';
import { makeFolder } from '../formats/makeFolder.ts';
import { systemFault } from '../formats/systemFault.ts';
import { shellWord } from '../formats/shellWord.ts';
import { UserError } from '../formats/userError.ts';
import { configDifferences } from './config/differences.ts';
import { resolveConfig, toYaml, type RunConfig } from './config/resolve.ts';
import { changedDataFiles, environmentChanges } from './environment.ts';
import { openEventLog, type EventLog } from './eventLog.ts';
import { takeLock } from './lock.ts';
import { runPaths, type RunPaths } from './paths.ts';
import type { EnvironmentRecord, StateMeta } from './records.ts';

/** A run directory that this process holds. */
export interface OpenRun {
  readonly paths: RunPaths;
  readonly config: RunConfig;
  readonly events: EventLog;
  /** Whether the directory was there before. */
  readonly resumed: boolean;
  /** `environment.json` as it stands on disk. */
  readonly environment: () => EnvironmentRecord;
  /** Keeps kernel formulations for later parts of the run. */
  readonly recordLowering: (lowering: Readonly<Record<string, string>>) => void;
  /** Gives the lock back. */
  readonly close: () => void;
}

/** Whether `directory` holds a run. */
export function isRunDirectory(directory: string): boolean {
  return existsSync(runPaths(directory).config);
}

/**
 * Takes the lock of a run and opens it; writes the configuration and the environment where they are missing.
 * @param environment the environment now
 * @param part one of many planned parts of the run: no interruption, so that only another machine is worth a note
 * @throws UserError where another process holds the run, the directory cannot be written, the run was begun
 * with another configuration, or the dataset's files have changed
 */
export function openRun(
  directory: string,
  config: RunConfig,
  environment: EnvironmentRecord,
  now: () => number,
  part = false,
): OpenRun {
  const paths = runPaths(directory);
  makeFolders(paths);
  const unlock = lockOf(paths);
  try {
    removeLeftovers(paths);
    const resumed = existsSync(paths.config);
    if (resumed) checkSameConfig(paths, config);
    const before = existsSync(paths.environment) ? readEnvironment(paths) : undefined;
    if (before) checkSameData(before, environment, paths);
    else writeJson(paths.environment, environment);
    // The configuration comes last: it says that the directory holds a run.
    writeFileAtomic(paths.config, toYaml(config));
    const events = openEventLog(paths.events);
    if (resumed && before) {
      const changes = environmentChanges(before, environment);
      const note = changes.length > 0 ? `; not the same machine or versions (${changes.join(', ')})` : '';
      if (!part || note !== '')
        events.append({ type: 'note', time: new Date(now()).toISOString(), message: `resumed${note}` });
    }
    return {
      paths,
      config,
      events,
      resumed,
      environment: () => readEnvironment(paths),
      recordLowering(lowering) {
        const record = readEnvironment(paths);
        writeJson(paths.environment, { ...record, lowering: { ...record.lowering, ...lowering } });
      },
      close: unlock,
    };
  } catch (error) {
    unlock();
    throw error;
  }
}

/** The resolved configuration of a run on disk. @throws UserError where there is none, or it is damaged. */
export function readRunConfig(paths: RunPaths): RunConfig {
  return resolveConfig({
    text: readText(paths.config, 'the configuration of the run'),
    origin: paths.config,
    saved: true,
  });
}

/** `environment.json`. @throws UserError where it is missing or damaged. */
export function readEnvironment(paths: RunPaths): EnvironmentRecord {
  return readJson(paths.environment, 'the environment of the run') as EnvironmentRecord;
}

/** `meta.json` of a state; undefined where the state has not begun. @throws UserError where it is damaged. */
export function readMeta(paths: RunPaths, state: number): StateMeta | undefined {
  const { meta } = paths.state(state);
  return existsSync(meta) ? (readJson(meta, 'the record of a state') as StateMeta) : undefined;
}

/** Writes `meta.json` of a state. */
export function writeMeta(paths: RunPaths, meta: StateMeta): void {
  writeJson(paths.state(meta.state).meta, meta);
}

/** Keys that may change between the parts of a run: they change none of the numbers so far. */
const changeable: readonly string[] = ['prune_times', 'print_freq', 'data', 'resume_state', 'workers'];

/**
 * Compares a configuration with the one a run was begun with.
 * @throws UserError naming the keys that differ and would change the numbers so far
 */
export function checkSameConfig(paths: RunPaths, config: RunConfig): void {
  const different = configDifferences(readRunConfig(paths), config).filter(
    ({ key }) => !changeable.includes(key),
  );
  if (different.length === 0) return;
  const list = different
    .map(({ key, before = 'unset', now = 'unset' }) => `${key} ${before}, now ${now}`)
    .join('; ');
  throw new UserError(
    `${paths.root} was begun with another configuration (${list}). Continue it with its own configuration ` +
      `(certprune run ${shellWord(paths.root)} --resume), give the new run another name (name=…), or start this one over with --fresh.`,
  );
}

function checkSameData(before: EnvironmentRecord, now: EnvironmentRecord, paths: RunPaths): void {
  const changed = changedDataFiles(before, now);
  if (changed.length === 0) return;
  throw new UserError(
    `${paths.root} was begun with other data: ${changed.join(', ')} of ${before.dataset.name} differ. ` +
      'Put the files back, or start the run over with --fresh.',
  );
}

function makeFolders(paths: RunPaths): void {
  try {
    for (const folder of [paths.root, paths.states, paths.verification]) makeFolder(folder);
  } catch (error) {
    throw unwritable(paths, error);
  }
}

/** Temporary files that a kill in the middle of writing left behind. */
function removeLeftovers(paths: RunPaths): void {
  for (const file of readdirSync(paths.root, { recursive: true, encoding: 'utf8' })) {
    if (isTemporary(basename(file))) rmSync(join(paths.root, file), { force: true });
  }
}

function lockOf(paths: RunPaths): () => void {
  try {
    return takeLock(paths.lock);
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw unwritable(paths, error);
  }
}

function unwritable(paths: RunPaths, error: unknown): UserError {
  return new UserError(
    `The run directory ${paths.root} cannot be written: ${systemFault(error)}. Choose another place with --runs DIR, ` +
      'or change its permissions.',
  );
}

function writeJson(path: string, value: unknown): void {
  writeFileAtomic(path, `${JSON.stringify(value, null, 2)}\n`);
}

function readText(path: string, what: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new UserError(`${path} (${what}) cannot be read: ${systemFault(error)}.`);
  }
}

function readJson(path: string, what: string): unknown {
  const text = readText(path, what);
  try {
    return JSON.parse(text);
  } catch {
    throw new UserError(
      `${path} (${what}) is not valid JSON: the file is damaged. Restore it or start over with --fresh.`,
    );
  }
}
