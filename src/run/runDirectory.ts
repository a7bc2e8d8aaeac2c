/** @file Opening a run directory, new or begun: lock, configuration, environment, event log. */
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { isTemporary, writeFileAtomic } from '../formats/atomicWrite.ts';
import { makeFolder } from '../formats/makeFolder.ts';
import { systemFault } from '../formats/systemFault.ts';
import { shellWord } from '../formats/shellWord.ts';
import { openSealed, sealedJson } from '../formats/sealed.ts';
import { UserError } from '../formats/userError.ts';
import { configDifferences } from './config/dottedKeys.ts';
import { resolveConfig, toYaml, type RunConfig } from './config/resolve.ts';
import { changedDataFiles, environmentChanges } from './environment.ts';
import { openEventLog, type EventLog } from './jsonLines.ts';
import { takeLock, type LockHolder } from './lock.ts';
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
  /** The process that worked on it before and ended without giving it back; undefined where there was none. */
  readonly abandoned: LockHolder | undefined;
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
  let abandoned: LockHolder | undefined;
  const unlock = lockOf(paths, (holder) => (abandoned = holder));
  try {
    removeLeftovers(paths);
    const resumed = existsSync(paths.config);
    if (resumed) checkSameConfig(paths, config);
    const before = existsSync(paths.environment) ? readEnvironment(paths) : undefined;
    if (before) checkSameData(before, environment, paths);
    const yaml = toYaml(config);
    if (!resumed && before?.config !== undefined) checkLeftStates(paths, before.config, config);
    if (before?.config !== yaml) writeJson(paths.environment, { ...(before ?? environment), config: yaml });
    // The configuration comes last: it says that the directory holds a run.
    writeFileAtomic(paths.config, yaml);
    const events = openEventLog(paths.events);
    if (resumed && before) {
      const changes = environmentChanges(before, environment);
      const note = [
        ...(abandoned ? [abandonedText(abandoned)] : []),
        ...(changes.length > 0 ? [`not the same machine or versions (${changes.join(', ')})`] : []),
      ]
        .map((text) => `; ${text}`)
        .join('');
      if (!part || note !== '')
        events.append({ type: 'note', time: new Date(now()).toISOString(), message: `resumed${note}` });
    }
    return {
      paths,
      config,
      events,
      resumed,
      environment: () => readEnvironment(paths),
      abandoned,
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
  return readJson(
    paths.environment,
    'the environment of the run',
    'Restore it, or delete it: --resume writes another, in which the choice of kernels may differ.',
    isEnvironment,
  );
}

/** `meta.json` of a state; undefined where the state has not begun. @throws UserError where it is damaged. */
export function readMeta(paths: RunPaths, state: number): StateMeta | undefined {
  const { meta } = paths.state(state);
  return existsSync(meta)
    ? readJson(
        meta,
        'the record of a state',
        `certprune run ${shellWord(paths.root)} --resume does the state again.`,
        isMeta,
      )
    : undefined;
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
  const onDisk = readRunConfig(paths);
  checkUnedited(paths, onDisk);
  const list = changesBetween(onDisk, config);
  if (list === '') return;
  throw new UserError(
    `${paths.root} was begun with another configuration (${list}). Continue it with its own configuration ` +
      `(certprune run ${shellWord(paths.root)} --resume), give the new run another name (name=…), or start this one over with --fresh.`,
  );
}

/** The keys that differ and would change the numbers so far, with their values; empty where there are none. */
function changesBetween(before: RunConfig, now: RunConfig): string {
  return (
    configDifferences(before, now)
      // What was found in the data follows from its files, which are compared by their sums.
      .filter(({ key }) => !changeable.includes(key) && !key.startsWith('data_record'))
      .map(({ key, before: was = 'unset', now: is = 'unset' }) => `${key} ${was}, now ${is}`)
      .join('; ')
  );
}

/** `environment.json` keeps the configuration too: an edit of `config.yaml` would be taken for the run's own. */
function checkUnedited(paths: RunPaths, onDisk: RunConfig): void {
  const own = existsSync(paths.environment) ? readEnvironment(paths).config : undefined;
  if (own === undefined) return;
  const list = changesBetween(resolveConfig({ text: own, origin: paths.environment, saved: true }), onDisk);
  if (list === '') return;
  throw new UserError(
    `${paths.config} was edited after the run began (${list}), so that its results would belong to two ` +
      `configurations. Delete ${paths.config}: the next command writes it as it was. For the other values begin another run: ` +
      'name=NAME key=value.',
  );
}

/** States without a `config.yaml`, as a deletion that was broken off leaves them. */
function checkLeftStates(paths: RunPaths, own: string, config: RunConfig): void {
  if (!existsSync(paths.state(0).meta)) return;
  const list = changesBetween(resolveConfig({ text: own, origin: paths.environment, saved: true }), config);
  if (list === '') return;
  throw new UserError(
    `${paths.root} has no config.yaml, but states of another configuration (${list}). Delete the folder, or choose ` +
      'another name: name=NAME.',
  );
}

/**
 * Writes a missing `config.yaml` from the copy in `environment.json`.
 * @returns whether `directory` holds a run now
 * @throws UserError where it holds states, but no configuration is to be had
 */
export function restoreConfig(directory: string): boolean {
  const paths = runPaths(directory);
  if (existsSync(paths.config)) return true;
  if (!existsSync(paths.state(0).meta)) return false;
  const own = existsSync(paths.environment) ? readEnvironment(paths).config : undefined;
  if (own === undefined)
    throw new UserError(
      `${directory} has trained states but no config.yaml, and nothing that it could be written from. Put it back, or ` +
        'give the configuration that the run was begun with: certprune run --config FILE name=NAME --resume.',
    );
  writeFileAtomic(paths.config, own);
  return true;
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

/** How a process ends that saves nothing; which of them it was, its successor cannot know. */
const abandonedText = ({ pid, host }: LockHolder): string =>
  `process ${pid} on ${host}, which worked on it before, ended without a word: killed (as the system does where memory ` +
  'runs out), a crash in native code, or a power cut';

function lockOf(paths: RunPaths, onAbandoned: (holder: LockHolder) => void): () => void {
  try {
    return takeLock(paths.lock, onAbandoned);
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

function writeJson(path: string, value: object): void {
  writeFileAtomic(path, sealedJson(value));
}

function readText(path: string, what: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new UserError(`${path} (${what}) cannot be read: ${systemFault(error)}.`);
  }
}

type Fields = Readonly<Record<string, unknown>>;

const isGroup = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** What is read of it without a question. */
const isEnvironment = (value: Fields): boolean => {
  const { dataset, config = '' } = value;
  return isGroup(dataset) && isGroup(dataset['files']) && typeof config === 'string';
};

const isMeta = ({ state, finished, files = {} }: Fields): boolean =>
  Number.isInteger(state) && typeof finished === 'boolean' && isGroup(files);

function readJson<T>(path: string, what: string, remedy: string, isOne: (value: Fields) => boolean): T {
  const text = readText(path, what);
  try {
    const value = openSealed(text);
    if (!isGroup(value) || !isOne(value)) throw new UserError('is no such record');
    return value as T;
  } catch (error) {
    throw new UserError(`${path} (${what}) ${(error as Error).message}: the file is damaged. ${remedy}`);
  }
}
