/** @file Which jobs are done: the files say it, whoever did them and whenever. */
import { existsSync } from 'node:fs';
import type { RunConfig } from '../config/schema.ts';
import { runPaths } from '../paths.ts';
import { planStates } from '../plan.ts';
import { isRunDirectory, readMeta } from '../runDirectory.ts';
import { isVerified } from '../verdictFiles.ts';
import type { Job } from './job.ts';
import type { SweepPaths } from './paths.ts';

/**
 * Whether nothing is left to do for a job.
 * @param config of the job's run
 * @throws UserError where a file of the run is damaged
 */
export function isJobDone(
  { run, work }: Pick<Job, 'run' | 'work'>,
  config: RunConfig,
  sweep: SweepPaths,
): boolean {
  const directory = sweep.run(run);
  if (!isRunDirectory(directory)) return false;
  const paths = runPaths(directory);
  if (work.kind === 'collect') {
    const plan = planStates(config, paths);
    return plan.every(({ state }) => isVerified(paths.verify(state))) && !existsSync(sweep.chunks(run));
  }
  if (work.kind === 'verify')
    return isVerified(paths.verify(work.state)) || existsSync(sweep.chunk(run, work).done);
  const meta = readMeta(paths, work.state);
  return work.kind === 'prune' ? meta !== undefined : meta?.finished === true;
}
