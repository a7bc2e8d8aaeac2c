/** @file A sweep from its study to the last job: plan, queue, watch. */
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { writeFileAtomic } from '../../formats/atomicWrite.ts';
import { makeFolder } from '../../formats/makeFolder.ts';
import { systemFault } from '../../formats/systemFault.ts';
import { UserError } from '../../formats/userError.ts';
import { toYaml } from '../config/resolve.ts';
import { takeLock } from '../lock.ts';
import { runPaths } from '../paths.ts';
import { checkSameConfig, isRunDirectory } from '../runDirectory.ts';
import type { Admission } from './admission.ts';
import type { Job } from './job.ts';
import { planJobs } from './jobPlan.ts';
import type { Launcher } from './launcher.ts';
import { sweepPaths, type SweepPaths } from './paths.ts';
import { isJobDone } from './progressOnDisk.ts';
import type { JobQueue, JobStatus } from './queue.ts';
import { folderOf, readReference, referenceOf } from './reference.ts';
import type { Study } from './study.ts';
import { workOnJobs } from './workOnJobs.ts';

/** A study laid over what is on the disk. */
export interface SweepPlan {
  readonly study: Study;
  readonly paths: SweepPaths;
  readonly jobs: readonly Job[];
  /** Ids of jobs that need not be done any more. */
  readonly done: ReadonlySet<string>;
}

/**
 * Plans a sweep; nothing is written.
 * @param runsFolder the sweep's folder is below it
 * @throws UserError where a run was begun with another configuration
 */
export function planSweep(study: Study, runsFolder: string): SweepPlan {
  const paths = sweepPaths(join(runsFolder, study.name));
  if (isRunDirectory(paths.root))
    throw new UserError(`${paths.root} is a run, not a sweep: give the study another name.`);
  for (const { name, config } of study.runs) {
    const run = paths.run(name);
    if (isRunDirectory(run)) checkSameConfig(runPaths(run), config);
  }
  const jobs = planJobs(study);
  return { study, paths, jobs, done: doneJobs(study, jobs, paths) };
}

function doneJobs(study: Study, jobs: readonly Job[], paths: SweepPaths): Set<string> {
  const configs = new Map(study.runs.map(({ name, config }) => [name, config]));
  return new Set(jobs.filter((job) => isJobDone(job, configs.get(job.run)!, paths)).map(({ id }) => id));
}

/** How a sweep is done. */
export interface SweepOptions {
  readonly queue: JobQueue;
  /** Jobs done by this process; absent where other machines do them all. */
  readonly local?: { readonly launch: Launcher; readonly admission: Admission };
  readonly signal: AbortSignal;
  /** Called about every second. */
  readonly onStatus?: (status: ReadonlyMap<string, JobStatus>) => void;
  readonly pollMilliseconds?: number;
}

/**
 * Does a sweep, or what is left of it.
 * @returns how every job stands at the end: done, failed or blocked
 * @throws UserError where another process is at it, the folder cannot be written, or the sweep is cancelled meanwhile;
 *   the signal's reason
 */
export async function runSweep(
  plan: SweepPlan,
  options: SweepOptions,
): Promise<ReadonlyMap<string, JobStatus>> {
  const { study, paths, jobs } = plan;
  const { queue, local, signal, onStatus, pollMilliseconds = 1000 } = options;
  makeFolders(paths);
  const unlock = takeLock(paths.lock);
  try {
    for (const { name, config } of study.runs) writeFileAtomic(paths.config(name), toYaml(config));
    const sweep = referenceOf(paths);
    await queue.enqueue(sweep, jobs, plan.done);
    const over = new AbortController();
    const work = local && {
      loop: workOnJobs({
        ...local,
        queue,
        signal,
        pollMilliseconds: pollMilliseconds / 4,
        folderOf: (reference) => folderOf(reference, dirname(paths.root)),
        isOver: async () => over.signal.aborted,
      }),
    };
    // A fault of the loop ends the watch as well.
    const fault = work?.loop.then(
      () => undefined,
      (error: unknown) => ({ error }),
    );
    for (;;) {
      let status = await queue.status(sweep);
      if (status.size === 0) {
        // The queue has lost its memory; the disk has not.
        await queue.enqueue(sweep, jobs, doneJobs(study, jobs, paths));
        status = await queue.status(sweep);
      }
      onStatus?.(status);
      if (isSettled(status)) {
        over.abort();
        await work?.loop;
        if (hasCancelled(status)) throw new UserError(cancelledText(paths, status));
        return status;
      }
      const waited = pause(pollMilliseconds, undefined, { signal }).catch(() => undefined);
      const ended = await (fault ? Promise.race([fault, waited]) : waited);
      if (ended !== undefined) throw ended.error;
      if (signal.aborted) {
        await work?.loop;
        signal.throwIfAborted();
      }
    }
  } finally {
    unlock();
  }
}

/** Whether every job has come to its end. */
export function isSettled(status: ReadonlyMap<string, JobStatus>): boolean {
  return [...status.values()].every(({ state }) => state !== 'waiting' && state !== 'running');
}

/**
 * Takes a sweep's waiting jobs off the queue, and tells those at work to save and end. What is done stays.
 * @returns how every job stood before; empty where the queue does not know the sweep
 * @throws UserError where no sweep has begun in the folder
 */
export async function cancelSweep(
  paths: SweepPaths,
  queue: JobQueue,
): Promise<ReadonlyMap<string, JobStatus>> {
  const sweep = readReference(paths);
  if (!sweep)
    throw new UserError(
      `No sweep has begun in ${paths.root}: name the folder that it was started with by --runs DIR.`,
    );
  return queue.cancel(sweep);
}

/** Whether jobs of a sweep will not be done because it was cancelled. */
export function hasCancelled(status: ReadonlyMap<string, JobStatus>): boolean {
  return [...status.values()].some(({ state }) => state === 'cancelled');
}

function cancelledText({ root }: SweepPaths, status: ReadonlyMap<string, JobStatus>): string {
  const done = [...status.values()].filter(({ state }) => state === 'done').length;
  return (
    `The sweep ${root} was cancelled with ${done} of ${status.size} jobs done. The same command without --cancel ` +
    'queues what is left and goes on.'
  );
}

function makeFolders(paths: SweepPaths): void {
  try {
    makeFolder(dirname(paths.config('any')));
  } catch (error) {
    throw new UserError(
      `The sweep's folder ${paths.root} cannot be written: ${systemFault(error)}. Choose another place with ` +
        '--runs DIR, or change its permissions.',
    );
  }
}
