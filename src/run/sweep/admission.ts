/** @file Which jobs may start on a machine now: its cores and its memory, less what runs already. */
import { availableParallelism } from 'node:os';
import type { JobNeed } from './job.ts';

/** What jobs may take of a machine, all together. */
export interface MachineLimits {
  readonly cores: number;
  readonly memoryBytes: number;
}

/** The share of the memory free at the start that jobs may take. */
const memoryShare = 0.85;

/** All cores, and most of the memory that is free now. A container's limits count. */
export function machineLimits(given: {
  readonly [K in keyof MachineLimits]?: number | undefined;
}): MachineLimits {
  return {
    cores: given.cores ?? availableParallelism(),
    memoryBytes: given.memoryBytes ?? Math.floor(memoryShare * process.availableMemory()),
  };
}

/** The room on a machine. */
export interface Admission {
  /**
   * Whether a job may start. One that needs more than there is may start alone: needs are estimates, and otherwise
   * it never would.
   */
  fits(need: JobNeed): boolean;
  /** A job starts. @returns the function to call at its end */
  enter(need: JobNeed): () => void;
}

/** @param available bytes free at this moment; other programs may have taken memory since the start */
export function createAdmission(
  limits: MachineLimits,
  available = (): number => process.availableMemory(),
): Admission {
  const running = new Set<JobNeed>();
  const taken = (of: (need: JobNeed) => number): number => {
    let sum = 0;
    for (const need of running) sum += of(need);
    return sum;
  };
  return {
    fits(need) {
      if (running.size === 0) return true;
      const cores = taken((job) => Math.min(job.cores, limits.cores));
      const memory = taken((job) => job.memoryBytes);
      return (
        cores + Math.min(need.cores, limits.cores) <= limits.cores &&
        memory + need.memoryBytes <= limits.memoryBytes &&
        need.memoryBytes <= available()
      );
    },
    enter(need) {
      const own = { ...need };
      running.add(own);
      return () => running.delete(own);
    },
  };
}
