/** @file A job of a sweep: one piece of one run, what it waits for and what it needs. */

/** What a job does. Images are test images start … end−1. */
export type JobWork =
  | { readonly kind: 'prune'; readonly state: number }
  | { readonly kind: 'train'; readonly state: number }
  | { readonly kind: 'verify'; readonly state: number; readonly start: number; readonly end: number }
  | { readonly kind: 'collect' };

export type JobKind = JobWork['kind'];

/** What a job takes of a machine while it runs. */
export interface JobNeed {
  readonly memoryBytes: number;
  readonly cores: number;
}

/** One job. Its whole content follows from the study: the same study gives the same jobs with the same ids. */
export interface Job {
  /** Unique in the sweep, e.g. `l1unstruct-seed1/verify-02-0-25`. */
  readonly id: string;
  /** Name of the run, which is its folder in the sweep's. */
  readonly run: string;
  readonly work: JobWork;
  /** Ids of the jobs that must be done before. */
  readonly after: readonly string[];
  /** Ready jobs with smaller numbers are taken first. */
  readonly priority: number;
  readonly need: JobNeed;
}

/** Which sweep a job belongs to, for workers that serve several. */
export interface SweepReference {
  /** Unique; also written in the sweep's folder, so that a worker knows that it looks at the right one. */
  readonly id: string;
  /** The sweep's folder below the folder of runs, which may be mounted elsewhere on another machine. */
  readonly folder: string;
  /** Version of certprune that planned it: another one may compute other bits. */
  readonly version: string;
}
