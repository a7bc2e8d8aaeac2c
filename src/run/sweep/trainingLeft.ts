/** @file How long the training that is left of a sweep takes, from the time of each run's states. */
import type { TrainingTime } from '../trainingTime.ts';
import type { JobNeed } from './job.ts';
import type { SweepPlan } from './sweep.ts';

/** Names of the runs that have training or pruning left. */
export function runsToTrain({ jobs, done }: Pick<SweepPlan, 'jobs' | 'done'>): Set<string> {
  const left = jobs.filter(
    ({ id, work }) => !done.has(id) && (work.kind === 'train' || work.kind === 'prune'),
  );
  return new Set(left.map(({ run }) => run));
}

/**
 * Seconds of all training jobs that are not done, shared between those that run side by side; no less than the longest
 * run takes, whose states come one after the other. A state that is half trained counts whole.
 * @param times by name, of the runs that have training left. @param cores of the machine
 */
export function trainingLeft(
  { jobs, done }: Pick<SweepPlan, 'jobs' | 'done'>,
  times: ReadonlyMap<string, TrainingTime>,
  cores: number,
): number {
  const sideBySide = (need: JobNeed): number => Math.max(1, Math.floor(cores / need.cores));
  let shared = 0;
  const chains = new Map<string, number>();
  for (const { id, run, work, need } of jobs) {
    const time = times.get(run);
    if (done.has(id) || !time) continue;
    const seconds = work.kind === 'train' ? time.stateSeconds : work.kind === 'prune' ? time.pruneSeconds : 0;
    shared += seconds / sideBySide(need);
    chains.set(run, (chains.get(run) ?? 0) + seconds);
  }
  return Math.max(shared, ...chains.values());
}
