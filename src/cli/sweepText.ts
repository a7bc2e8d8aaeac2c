/** @file What `certprune sweep` prints: the plan, how far it is, and what became of it. */
import type { Job, JobKind } from '../run/sweep/job.ts';
import type { JobState, JobStatus } from '../run/sweep/queue.ts';
import type { SweepPlan } from '../run/sweep/sweep.ts';
import { formatBytes, formatDuration } from './format.ts';
import { renderTable } from './table.ts';

const kinds: readonly JobKind[] = ['train', 'prune', 'verify', 'collect'];

/** The plan of a sweep. @param cores jobs side by side, of one thread each */
export function sweepPlanText({ study, paths, jobs, done }: SweepPlan, cores: number): string {
  const table = renderTable(
    [
      { title: 'run' },
      { title: 'states', align: 'right' },
      { title: 'epochs', align: 'right' },
      { title: 'images', align: 'right' },
      { title: 'jobs', align: 'right' },
      { title: 'done', align: 'right' },
    ],
    study.runs.map(({ name, config }) => {
      const own = jobs.filter(({ run }) => run === name);
      const states = own.filter(({ work }) => work.kind === 'train').length;
      return [
        name,
        String(states),
        String(states * config.epochs),
        String(imagesOf(own)),
        String(own.length),
        String(own.filter(({ id }) => done.has(id)).length),
      ];
    }),
  );
  return `# ${study.runs.length} runs in ${paths.root}\n\n${table}\n\n${costText(study.runs, jobs, done, cores)}`;
}

function costText(
  runs: SweepPlan['study']['runs'],
  jobs: readonly Job[],
  done: ReadonlySet<string>,
  cores: number,
): string {
  const left = jobs.filter(({ id }) => !done.has(id));
  const configs = new Map(runs.map(({ name, config }) => [name, config]));
  const counts = kinds.map((kind) => `${jobs.filter(({ work }) => work.kind === kind).length} ${kind}`);
  let epochs = 0;
  let seconds = 0;
  const needs = new Map<JobKind, number>();
  for (const { run, work, need } of left) {
    const config = configs.get(run)!;
    if (work.kind === 'train') epochs += config.epochs;
    if (work.kind === 'verify') seconds += (work.end - work.start) * config.verify.timeout;
    needs.set(work.kind, Math.max(needs.get(work.kind) ?? 0, need.memoryBytes));
  }
  const memory = kinds.flatMap((kind) =>
    needs.has(kind) ? [`${kind} ${formatBytes(needs.get(kind)!)}`] : [],
  );
  return [
    `Jobs: ${jobs.length} (${counts.join(', ')}); ${done.size} are done.`,
    `Left: ${epochs} epochs of training; ${imagesOf(left)} images to verify, at most ${formatDuration(seconds / cores)} with ${cores} side by side.`,
    ...(memory.length > 0 ? [`Memory that a job is given, at most: ${memory.join(', ')}.`] : []),
  ].join('\n');
}

function imagesOf(jobs: readonly Job[]): number {
  return jobs.reduce((sum, { work }) => sum + (work.kind === 'verify' ? work.end - work.start : 0), 0);
}

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
