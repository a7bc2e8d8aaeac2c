/** @file A sweep from its study to the last job: plan, queue, watch. */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { writeFileAtomic } from '../../formats/atomicWrite.ts';
import { makeFolder } from '../../formats/makeFolder.ts';
import { UserError } from '../../formats/userError.ts';
import { toYaml } from '../config/resolve.ts';
import { packageVersion } from '../environment.ts';
import { takeLock } from '../lock.ts';
import { runPaths } from '../paths.ts';
import { checkSameConfig, isRunDirectory } from '../runDirectory.ts';
import type { Admission } from './admission.ts';
import type { Job, SweepReference } from './job.ts';
import { planJobs } from './jobPlan.ts';
import type { Launcher } from './launcher.ts';
import { sweepPaths, type SweepPaths } from './paths.ts';
import { isJobDone } from './progressOnDisk.ts';
import type { JobQueue, JobStatus } from './queue.ts';
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
 * @throws UserError where another process is at it, or the folder cannot be written; the signal's reason
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
        return status;
      }
      const ended = await Promise.race([fault, pause(pollMilliseconds, undefined, { signal })]).catch(
        () => undefined,
      );
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
 * Where a sweep lies on this machine.
 * @throws UserError where it is not in `runsFolder`, or was planned by another version
 */
export function folderOf(sweep: SweepReference, runsFolder: string): string {
  const folder = join(runsFolder, sweep.folder);
  const found = readReference(sweepPaths(folder));
  if (found?.id !== sweep.id)
    throw new UserError(
      `The queue has jobs of the sweep ${sweep.folder}, which is not in ${runsFolder}: give the folder that all ` +
        'machines share with --runs DIR.',
    );
  if (sweep.version !== packageVersion())
    throw new UserError(
      `The sweep ${sweep.folder} was planned by certprune ${sweep.version}, this is ${packageVersion()}: results could ` +
        'differ. Install the same version everywhere.',
    );
  return folder;
}

/** The sweep's identity, made when it first begins. */
function referenceOf(paths: SweepPaths): SweepReference {
  const id = readReference(paths)?.id ?? randomBytes(8).toString('hex');
  const reference = { id, folder: basename(paths.root), version: packageVersion() };
  writeFileAtomic(paths.reference, `${JSON.stringify(reference, null, 2)}\n`);
  return reference;
}

function readReference(paths: SweepPaths): SweepReference | undefined {
  try {
    return JSON.parse(readFileSync(paths.reference, 'utf8')) as SweepReference;
  } catch {
    return undefined;
  }
}

function makeFolders(paths: SweepPaths): void {
  try {
    makeFolder(dirname(paths.config('any')));
  } catch (error) {
    throw new UserError(
      `The sweep's folder ${paths.root} cannot be written (${(error as Error).message}). Choose another place with ` +
        '--runs DIR, or change its permissions.',
    );
  }
}
