/** @file Does one job: the same calls as the commands make, on what the disk says is left of it. */
import { readFileSync } from 'node:fs';
import { UserError } from '../../formats/userError.ts';
import { resolveConfig, type RunConfig } from '../config/resolve.ts';
import { withRun, type ExperimentOptions } from '../experiment.ts';
import { waitForLock } from '../lock.ts';
import { runPaths } from '../paths.ts';
import { planStates } from '../plan.ts';
import type { Stages } from '../stages.ts';
import { prepareState, stateProgress, trainState } from '../trainState.ts';
import { collectRun, verifyChunk, type ChunkContext } from './verifyChunk.ts';
import type { Job } from './job.ts';
import type { SweepPaths } from './paths.ts';
import { isJobDone } from './progressOnDisk.ts';

/** What a job is done with. */
export interface JobContext extends ChunkContext {
  readonly stages: (config: RunConfig) => Promise<Stages>;
}

/**
 * Does a job to its end; what an earlier attempt has done is not done again, and what it left half-done goes on with
 * the same bits.
 * @throws UserError as the commands do; the signal's reason
 */
export async function doJob({ run, work }: Job, context: JobContext): Promise<void> {
  const { sweep, signal, progress } = context;
  const config = readJobConfig(sweep, run);
  if (isJobDone({ run, work }, config, sweep)) return;
  const stages = await context.stages(config);
  try {
    if (work.kind === 'verify') return await verifyChunk({ run, work, config, stages }, context);
    const directory = sweep.run(run);
    await waitForLock(runPaths(directory).lock, signal);
    const options: ExperimentOptions = {
      directory,
      config,
      stages,
      signal,
      progress,
      command: 'certprune sweep',
      part: true,
    };
    await withRun(options, async (session) => {
      const plan = planStates(config, session.run.paths);
      if (work.kind === 'collect') return collectRun(session, plan, sweep.chunks(run));
      const planned = plan.find(({ state }) => state === work.state);
      if (!planned) throw new UserError(`${directory} has no state ${work.state}.`);
      if (stateProgress(session, work.state) === 'absent') await prepareState(session, planned, plan.length);
      if (work.kind === 'train' && stateProgress(session, work.state) === 'prepared')
        await trainState(session, work.state, plan.length);
    });
  } finally {
    await stages.close?.();
  }
}

/** The configuration that a run's jobs are done with. @throws UserError where it is missing or damaged */
export function readJobConfig(sweep: SweepPaths, run: string): RunConfig {
  const origin = sweep.config(run);
  let text: string;
  try {
    text = readFileSync(origin, 'utf8');
  } catch {
    throw new UserError(`${origin} is missing: start the sweep again, it writes the file anew.`);
  }
  return resolveConfig({ text, origin, saved: true });
}
