/** @file What `run` does about a directory that is there already: go on, start over, or nothing. */
import { UserError } from '../formats/userError.ts';
import type { RunConfig } from './config/schema.ts';
import { runDamage } from './damage.ts';
import { isComplete } from './experiment.ts';
import { runPaths } from './paths.ts';
import { planStates } from './plan.ts';
import type { StateMeta } from './records.ts';
import { checkSameConfig, isRunDirectory, readMeta } from './runDirectory.ts';
import { removeRun } from './runs.ts';

/** `start`: nothing is there; `resume`: part of it is; `complete`: nothing is left to do. */
export type Beginning = 'start' | 'resume' | 'complete';

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
export function metasOf(directory: string, config: RunConfig): StateMeta[] {
  const paths = runPaths(directory);
  return planStates(config, paths)
    .map(({ state }) => readMeta(paths, state))
    .filter((meta) => meta !== undefined);
}
