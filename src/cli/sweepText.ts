/** @file What `certprune sweep` prints beside its plan: how far it is, live, and what became of it. */
import type { Job, JobKind } from '../run/sweep/job.ts';
import type { JobState, JobStatus } from '../run/sweep/queue.ts';
import { formatDuration } from './format.ts';
import { liveRegion, type ProgressTarget } from './liveRegion.ts';

/** Jobs in each state. */
export function countStates(status: ReadonlyMap<string, JobStatus>): Record<JobState, number> {
  const counts = { waiting: 0, running: 0, done: 0, failed: 0, blocked: 0, cancelled: 0 };
  for (const { state } of status.values()) counts[state]++;
  return counts;
}

/** `12 of 40 jobs done, 2 running, 26 waiting, about 3:20 left`. */
export function sweepStatusText(jobs: readonly Job[], status: ReadonlyMap<string, JobStatus>): string {
  const { done, running, waiting, failed, blocked, cancelled } = countStates(status);
  const left = secondsLeft(jobs, status);
  return [
    `${done} of ${status.size} jobs done`,
    `${running} running`,
    `${waiting} waiting`,
    ...(failed > 0 ? [`${failed} failed, ${blocked} given up for them`] : []),
    ...(cancelled > 0 ? [`${cancelled} cancelled`] : []),
    ...(left === undefined ? [] : [`about ${formatDuration(Math.max(1, Math.round(left)))} left`]),
  ].join(', ');
}

/**
 * From how long jobs of the same kind took, shared between as many as run now; undefined until every kind that takes
 * long and is left was seen once.
 */
function secondsLeft(jobs: readonly Job[], status: ReadonlyMap<string, JobStatus>): number | undefined {
  const seen = new Map<JobKind, number[]>();
  let running = 0;
  for (const { id, work } of jobs) {
    const { state, seconds } = status.get(id) ?? { state: 'waiting' };
    if (state === 'running') running++;
    if (seconds !== undefined) seen.set(work.kind, [...(seen.get(work.kind) ?? []), seconds]);
  }
  let sum = 0;
  for (const { id, work } of jobs) {
    const state = status.get(id)?.state;
    if (state !== 'waiting' && state !== 'running') continue;
    const times = seen.get(work.kind);
    if (!times && (work.kind === 'train' || work.kind === 'verify')) return undefined;
    const mean = times ? times.reduce((a, b) => a + b, 0) / times.length : 0;
    sum += state === 'running' ? mean / 2 : mean;
  }
  return sum === 0 ? undefined : sum / Math.max(1, running);
}

/** Failed jobs with their reasons, and how many were given up for each; empty where none failed. */
export function failureText(jobs: readonly Job[], status: ReadonlyMap<string, JobStatus>): string {
  const failed = jobs.filter(({ id }) => status.get(id)?.state === 'failed');
  const { blocked } = countStates(status);
  if (failed.length === 0) return '';
  const lines = failed.map(({ id }) => `  ${id}: ${status.get(id)?.message ?? 'unknown'}`);
  const others = blocked > 0 ? `; ${blocked} more were given up because they need them` : '';
  return `${failed.length} of ${jobs.length} jobs failed${others}:\n${lines.join('\n')}`;
}

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
