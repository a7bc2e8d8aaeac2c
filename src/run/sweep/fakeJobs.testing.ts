/** @file Jobs and processes that do nothing, for tests of queues and of the loop that works on them. */
import type { Job } from './job.ts';
import type { JobEnd, Launcher } from './launcher.ts';

const mebibyte = 2 ** 20;

/** A job by its id; it waits for the others named. */
export function fakeJob(id: string, after: readonly string[] = [], memoryMebibytes = 100): Job {
  return {
    id,
    run: 'fake',
    work: { kind: 'train', state: 0 },
    after,
    priority: 1,
    need: { cores: 1, memoryBytes: memoryMebibytes * mebibyte },
  };
}

/** What went on in a fake launcher. */
export interface FakeLaunches {
  readonly launch: Launcher;
  /** Ids in the order in which they began and ended: `+a`, `-a`. */
  readonly log: string[];
  /** Most jobs at work at once. */
  readonly most: () => number;
}

/**
 * Jobs that do nothing for a while and end as told.
 * @param endOf how the n-th beginning (from 1) of a job ends
 */
export function fakeLaunches(
  endOf: (id: string, beginning: number) => JobEnd | 'hang' = () => ({ kind: 'done' }),
  milliseconds = 5,
): FakeLaunches {
  const log: string[] = [];
  const beginnings = new Map<string, number>();
  let running = 0;
  let most = 0;
  return {
    log,
    most: () => most,
    launch({ id }) {
      const beginning = (beginnings.get(id) ?? 0) + 1;
      beginnings.set(id, beginning);
      log.push(`+${id}`);
      most = Math.max(most, ++running);
      let end: (end: JobEnd) => void = () => {};
      const ended = new Promise<JobEnd>((resolve) => (end = resolve)).finally(() => {
        log.push(`-${id}`);
        running--;
      });
      const how = endOf(id, beginning);
      if (how !== 'hang') setTimeout(() => end(how), milliseconds);
      return {
        ended,
        note: () => 'at it',
        stop: () => end({ kind: 'stopped' }),
        kill: () => end({ kind: 'stopped' }),
      };
    },
  };
}
