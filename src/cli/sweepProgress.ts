/** @file Live progress of a sweep: a few redrawn lines on a terminal, a line for each change elsewhere. */
import type { Job } from '../run/sweep/job.ts';
import type { JobStatus } from '../run/sweep/queue.ts';
import { liveRegion, type ProgressTarget } from './liveRegion.ts';
import { sweepStatusText } from './sweepText.ts';

/** Running jobs shown at most. */
const shownJobs = 8;

/** Jobs that failed are told at once, everything else in one line and, on a terminal, a line for each running job. */
export function createSweepProgress(target: ProgressTarget, jobs: readonly Job[]) {
  const live = liveRegion(target);
  let lastCounts = '';
  const told = new Set<string>();
  return {
    update(status: ReadonlyMap<string, JobStatus>): void {
      const fresh = [...status].filter(([id, { state }]) => state === 'failed' && !told.has(id));
      for (const [id, { message = '' }] of fresh) {
        told.add(id);
        live.say(`${id} failed: ${message}`);
      }
      const text = sweepStatusText(jobs, status);
      const counts = text.replace(/, about .*/, '');
      if (!target.isTTY) {
        if (fresh.length > 0 || counts !== lastCounts) live.draw([text]);
        lastCounts = counts;
        return;
      }
      const running = [...status].filter(([, { state }]) => state === 'running');
      live.draw([
        text,
        ...running.slice(0, shownJobs).map(([id, { note = '' }]) => `  ${id}  ${note}`),
        ...(running.length > shownJobs ? [`  and ${running.length - shownJobs} more`] : []),
      ]);
    },
    /** Takes the live lines away. */
    finish: live.clear,
  };
}
