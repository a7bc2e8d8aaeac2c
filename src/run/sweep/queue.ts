/** @file What a sweep asks of a queue, and what follows from the jobs' dependencies alone. */
import type { Job, JobNeed, SweepReference } from './job.ts';

/** A job handed out. */
export interface TakenJob {
  readonly job: Job;
  readonly sweep: SweepReference;
  /** Of this handing-out; two of the same job differ. */
  readonly token: string;
}

/** `blocked`: it waits for a job that failed, and will not be done; `cancelled`: nor will this, its sweep was. */
export type JobState = 'waiting' | 'running' | 'done' | 'failed' | 'blocked' | 'cancelled';

/** `lost`: it was handed out to another worker meanwhile; `cancelled`: it is to save and end. */
export type ClaimState = 'held' | 'lost' | 'cancelled';

/** How a job stands. */
export interface JobStatus {
  readonly state: JobState;
  /** While it runs: how far it is, in words. */
  readonly note?: string;
  /** Why it failed. */
  readonly message?: string;
  /** How long it took, where it was done in this sweep. */
  readonly seconds?: number;
}

/** A queue of jobs with dependencies. Any number of processes may take from one that they share. */
export interface JobQueue {
  /**
   * Makes jobs known and clears earlier failures and a cancelling; what is queued or running already stays so.
   * @param done ids that need not be done any more
   */
  enqueue(sweep: SweepReference, jobs: readonly Job[], done: ReadonlySet<string>): Promise<void>;
  /** The next ready job that fits; undefined where there is none now. */
  take(fits: (need: JobNeed) => boolean): Promise<TakenJob | undefined>;
  /** Says that a job is still being done; a job whose worker is silent is handed out again. */
  heartbeat(taken: TakenJob, note: string): Promise<ClaimState>;
  done(taken: TakenJob, seconds: number): Promise<void>;
  /** @param again the process died without a word: the job is tried again, a few times */
  fail(taken: TakenJob, message: string, again: boolean): Promise<void>;
  /** Gives a job back that was not done to its end. */
  release(taken: TakenJob): Promise<void>;
  /** Gives a job back that cannot be done on this machine; for a while it is not handed out to this one again. */
  putOff(taken: TakenJob): Promise<void>;
  /**
   * Takes a sweep's jobs off the queue; those at work hear of it at their next heartbeat, and how they end is not
   * noted any more. `enqueue` makes the jobs known anew.
   * @returns how the jobs stood before, as `status`
   */
  cancel(sweep: SweepReference): Promise<ReadonlyMap<string, JobStatus>>;
  /** Id → status of every job of a sweep; empty where the queue does not know the sweep (any more). */
  status(sweep: SweepReference): Promise<ReadonlyMap<string, JobStatus>>;
  close(): Promise<void>;
}

/** How often a job is begun whose process dies. */
export const mostAttempts = 3;

/** Whether all that a job waits for is done. */
export function isReady(job: Job, done: { has(id: string): boolean }): boolean {
  return job.after.every((id) => done.has(id));
}

/** Ids of the jobs that wait, directly or not, for one of the failed. */
export function blockedBy(jobs: readonly Job[], failed: { has(id: string): boolean }): Set<string> {
  const blocked = new Set<string>();
  // Jobs come after those they wait for, so one pass sees everything.
  for (const { id, after } of jobs)
    if (after.some((before) => failed.has(before) || blocked.has(before))) blocked.add(id);
  return blocked;
}
