/** @file What `certprune sweep --dry-run` prints: runs, jobs, and what they cost. */
import { scoreEpochs } from '../run/plan.ts';
import type { Job, JobKind } from '../run/sweep/job.ts';
import type { SweepPlan } from '../run/sweep/sweep.ts';
import { trainingLeft } from '../run/sweep/trainingLeft.ts';
import { formatBytes, formatDuration } from './format.ts';
import { renderTable } from './table.ts';
import { missingText, withScores, type TrainingTimes } from './trainingTimes.ts';

const kinds: readonly JobKind[] = ['train', 'prune', 'verify', 'collect'];

/** The plan of a sweep. @param cores jobs side by side, of one thread each */
export function sweepPlanText(plan: SweepPlan, cores: number, measured: TrainingTimes): string {
  const { study, paths, jobs, done } = plan;
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
  return `# ${study.runs.length} runs in ${paths.root}\n\n${table}\n\n${costText(plan, cores, measured)}`;
}

function costText(plan: SweepPlan, cores: number, measured: TrainingTimes): string {
  const { study, jobs, done } = plan;
  const left = jobs.filter(({ id }) => !done.has(id));
  const configs = new Map(study.runs.map(({ name, config }) => [name, config]));
  const counts = kinds.map((kind) => `${jobs.filter(({ work }) => work.kind === kind).length} ${kind}`);
  let epochs = 0;
  let ofScores = 0;
  let seconds = 0;
  const needs = new Map<JobKind, number>();
  for (const { run, work, need } of left) {
    const config = configs.get(run)!;
    if (work.kind === 'train') epochs += config.epochs;
    if (work.kind === 'prune') ofScores += scoreEpochs(config);
    if (work.kind === 'verify') seconds += (work.end - work.start) * config.verify.timeout;
    needs.set(work.kind, Math.max(needs.get(work.kind) ?? 0, need.memoryBytes));
  }
  const memory = kinds.flatMap((kind) =>
    needs.has(kind) ? [`${kind} ${formatBytes(needs.get(kind)!)}`] : [],
  );
  const toTrain = epochs + ofScores > 0;
  const training = withScores(`${epochs} epochs of training`, ofScores);
  const about =
    toTrain && 'times' in measured ? `, about ${timeLeft(plan, cores, measured.times)} as measured here` : '';
  const images = `${imagesOf(left)} images to verify, at most ${formatDuration(seconds / cores)}`;
  return [
    `Jobs: ${jobs.length} (${counts.join(', ')}); ${done.size} are done.`,
    `Left, with ${cores} side by side: ${training}${about}; ${images}.`,
    ...(toTrain && 'missing' in measured ? [missingText(measured.missing)] : []),
    ...(memory.length > 0 ? [`Memory that a job is given, at most: ${memory.join(', ')}.`] : []),
  ].join('\n');
}

function timeLeft(
  plan: SweepPlan,
  cores: number,
  times: Extract<TrainingTimes, { times: unknown }>['times'],
): string {
  const byName = new Map(
    plan.study.runs.flatMap(({ name, config }) => {
      const time = times.get(config);
      return time ? [[name, time] as const] : [];
    }),
  );
  return formatDuration(trainingLeft(plan, byName, cores));
}

function imagesOf(jobs: readonly Job[]): number {
  return jobs.reduce((sum, { work }) => sum + (work.kind === 'verify' ? work.end - work.start : 0), 0);
}
