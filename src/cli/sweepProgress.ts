/** @file Live progress of a sweep: a few redrawn lines on a terminal, a line for each change elsewhere. */
import type { Job } from '../run/sweep/job.ts';
import type { JobStatus } from '../run/sweep/queue.ts';
import type { ProgressTarget } from './progress.ts';
import { sweepStatusText } from './sweepText.ts';
import { fitWidth } from './table.ts';

/** Progress of one sweep. */
export interface SweepProgress {
  update(status: ReadonlyMap<string, JobStatus>): void;
  /** Takes the live lines away. */
  finish(): void;
}

/** Running jobs shown at most. */
const shownJobs = 8;

/** Jobs that failed are told at once, everything else in one line and, on a terminal, a line for each running job. */
export function createSweepProgress(target: ProgressTarget, jobs: readonly Job[]): SweepProgress {
  let drawn = 0;
  let lastCounts = '';
  const told = new Set<string>();
  const erase = (): void => {
    if (drawn > 0) target.erase(drawn);
    drawn = 0;
  };
  target.own?.(erase);
  const failures = (status: ReadonlyMap<string, JobStatus>): string => {
    const fresh = [...status].filter(([id, { state }]) => state === 'failed' && !told.has(id));
    for (const [id] of fresh) told.add(id);
    return fresh.map(([id, { message = '' }]) => `${id} failed: ${message}\n`).join('');
  };
  return {
    update(status) {
      const news = failures(status);
      const text = sweepStatusText(jobs, status);
      if (!target.isTTY) {
        const counts = text.replace(/, about .*/, '');
        if (news !== '' || counts !== lastCounts) target.write(`${news}${text}\n`);
        lastCounts = counts;
        return;
      }
      const width = Math.max(20, target.columns() - 1);
      const running = [...status].filter(([, { state }]) => state === 'running');
      const lines = [
        text,
        ...running.slice(0, shownJobs).map(([id, { note = '' }]) => `  ${id}  ${note}`),
        ...(running.length > shownJobs ? [`  and ${running.length - shownJobs} more`] : []),
      ].map((line) => fitWidth(line, width));
      erase();
      drawn = lines.length;
      target.write(news + lines.join('\n'));
    },
    finish: erase,
  };
}
