/** @file What a sweep will do and what that costs: the plan that `--dry-run` prints, for people or as JSON. */
import { scoreEpochs } from '../run/plan.ts';
import type { Job, JobKind } from '../run/sweep/job.ts';
import type { SweepPlan } from '../run/sweep/sweep.ts';
import { trainingLeft } from '../run/sweep/trainingLeft.ts';
import { estimatedWords, missingText, withScores, type TrainingTimes } from './trainingTimes.ts';
import { formatBytes, formatDuration } from './format.ts';
import { renderTable, type Column } from './table.ts';

/** Kinds of jobs in the order in which a run comes to them. */
export const jobKinds: readonly JobKind[] = ['train', 'prune', 'verify', 'collect'];

/** One run of a sweep. */
export interface SweepRunLine {
  readonly name: string;
  readonly states: number;
  /** Of all its states. */
  readonly epochs: number;
  /** Images to verify, of all its states. */
  readonly images: number;
  readonly jobs: number;
  readonly done: number;
}

/** The cost of a sweep. */
export interface SweepCost {
  readonly directory: string;
  readonly runs: readonly SweepRunLine[];
  readonly jobs: Readonly<Record<JobKind, number>>;
  readonly done: number;
  readonly sideBySide: number;
  /** What is left to do. */
  readonly left: {
    readonly epochs: number;
    /** Epochs in which pruning trains its scores (hydra). */
    readonly scoreEpochs: number;
    /** As measured here, jobs side by side; absent where there is nothing to train. */
    readonly trainingSeconds?: number;
    /** Part of it was not measured but estimated from operations. */
    readonly estimated?: true;
    /** Why `trainingSeconds` is missing. */
    readonly notMeasured?: string;
    readonly images: number;
    readonly verificationSecondsAtMost: number;
  };
  /** Most bytes that a job of each kind is given. */
  readonly memoryBytes: Readonly<Partial<Record<JobKind, number>>>;
}

/** @param sideBySide jobs at once, of one thread each */
export function sweepCost(plan: SweepPlan, sideBySide: number, measured: TrainingTimes): SweepCost {
  const { study, paths, jobs, done } = plan;
  const left = jobs.filter(({ id }) => !done.has(id));
  const configs = new Map(study.runs.map(({ name, config }) => [name, config]));
  let [epochs, ofScores, seconds] = [0, 0, 0];
  const memoryBytes: Partial<Record<JobKind, number>> = {};
  for (const { run, work, need } of left) {
    const config = configs.get(run)!;
    if (work.kind === 'train') epochs += config.epochs;
    if (work.kind === 'prune') ofScores += scoreEpochs(config);
    if (work.kind === 'verify') seconds += (work.end - work.start) * config.verify.timeout;
    memoryBytes[work.kind] = Math.max(memoryBytes[work.kind] ?? 0, need.memoryBytes);
  }
  const training =
    'missing' in measured
      ? { notMeasured: measured.missing }
      : {
          trainingSeconds: secondsLeft(plan, sideBySide, measured.times),
          ...([...measured.times.values()].some((time) => time.estimated) && { estimated: true as const }),
        };
  return {
    directory: paths.root,
    runs: study.runs.map(({ name, config }) => {
      const own = jobs.filter(({ run }) => run === name);
      const states = own.filter(({ work }) => work.kind === 'train').length;
      return {
        name,
        states,
        epochs: states * config.epochs,
        images: imagesOf(own),
        jobs: own.length,
        done: own.filter(({ id }) => done.has(id)).length,
      };
    }),
    jobs: Object.fromEntries(
      jobKinds.map((kind) => [kind, jobs.filter(({ work }) => work.kind === kind).length]),
    ) as Record<JobKind, number>,
    done: done.size,
    sideBySide,
    left: {
      epochs,
      scoreEpochs: ofScores,
      ...(epochs + ofScores > 0 && training),
      images: imagesOf(left),
      verificationSecondsAtMost: seconds / sideBySide,
    },
    memoryBytes,
  };
}

function secondsLeft(
  plan: SweepPlan,
  sideBySide: number,
  times: Extract<TrainingTimes, { times: unknown }>['times'],
): number {
  const byName = new Map(
    plan.study.runs.flatMap(({ name, config }) => {
      const time = times.get(config);
      return time ? [[name, time] as const] : [];
    }),
  );
  return trainingLeft(plan, byName, sideBySide);
}

function imagesOf(jobs: readonly Job[]): number {
  return jobs.reduce((sum, { work }) => sum + (work.kind === 'verify' ? work.end - work.start : 0), 0);
}

/** The plan of a sweep in words. */
export function sweepPlanText(cost: SweepCost): string {
  const count = (key: 'states' | 'epochs' | 'images' | 'jobs' | 'done'): Column<SweepRunLine> => [
    key,
    (run) => String(run[key]),
    'right',
  ];
  const table = renderTable(
    [
      ['run', ({ name }) => name],
      count('states'),
      count('epochs'),
      count('images'),
      count('jobs'),
      count('done'),
    ],
    cost.runs,
  );
  return `# ${cost.runs.length} runs in ${cost.directory}\n\n${table}\n\n${costText(cost)}`;
}

function costText({ jobs, done, sideBySide, left, memoryBytes }: SweepCost): string {
  const all = jobKinds.reduce((sum, kind) => sum + jobs[kind], 0);
  const counts = jobKinds.map((kind) => `${jobs[kind]} ${kind}`).join(', ');
  const memory = jobKinds.flatMap((kind) => {
    const bytes = memoryBytes[kind];
    return bytes === undefined ? [] : [`${kind} ${formatBytes(bytes)}`];
  });
  const training = withScores(`${left.epochs} epochs of training`, left.scoreEpochs);
  const { trainingSeconds, estimated, notMeasured } = left;
  const about =
    trainingSeconds === undefined
      ? ''
      : `, about ${formatDuration(trainingSeconds)} ${estimated ? `(${estimatedWords})` : 'as measured here'}`;
  const images = `${left.images} images to verify, at most ${formatDuration(left.verificationSecondsAtMost)}`;
  return [
    `Jobs: ${all} (${counts}); ${done} are done.`,
    `Left, with ${sideBySide} side by side: ${training}${about}; ${images}.`,
    ...(notMeasured === undefined ? [] : [missingText(notMeasured)]),
    ...(memory.length > 0 ? [`Memory that a job is given, at most: ${memory.join(', ')}.`] : []),
  ].join('\n');
}
