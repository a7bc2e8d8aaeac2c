/** @file What `certprune sweep` does: plans, queues, watches, compares; or takes a sweep off its queue. */
import { join } from 'node:path';
import { UserError } from '../formats/userError.ts';
import { writeReport } from '../report/writeReport.ts';
import { isRunDirectory } from '../run/runDirectory.ts';
import { defaultRunsFolder, readOverview } from '../run/runs.ts';
import { createAdmission } from '../run/sweep/admission.ts';
import { processLauncher } from '../run/sweep/launcher.ts';
import { openQueue } from '../run/sweep/openQueue.ts';
import { sweepPaths } from '../run/sweep/paths.ts';
import type { JobStatus } from '../run/sweep/queue.ts';
import { loadStudy } from '../run/sweep/study.ts';
import { cancelSweep, planSweep, runSweep, type SweepPlan } from '../run/sweep/sweep.ts';
import { runsToTrain } from '../run/sweep/trainingLeft.ts';
import { sameCommand } from './work.ts';
import type { CliContext } from './context.ts';
import { streamTarget } from './liveRegion.ts';
import { limitsOf, type MachineOptions } from './configOptions.ts';
import { overviewTable } from './results.ts';
import { sweepCost, sweepPlanText } from './sweepPlan.ts';
import { createSweepProgress, countStates, failureText } from './sweepText.ts';
import { trainingTimes } from './trainingTimes.ts';

/** Options as commander gives them. */
export interface SweepOptions extends MachineOptions {
  readonly config: string;
  readonly runs?: string;
  readonly queue?: string;
  readonly lease?: string;
  readonly dryRun?: true;
  readonly cancel?: true;
  readonly report: boolean;
  readonly quiet?: true;
  readonly json?: true;
}

/** Plans, does, reports. @throws UserError where jobs failed, behind the results */
export async function sweep(options: SweepOptions, context: CliContext): Promise<void> {
  if (options.cancel) {
    return cancelFromCommand(options, context);
  }
  const limits = await limitsOf(options);
  const plan = planSweep(loadStudy(options.config), options.runs ?? defaultRunsFolder());
  if (options.dryRun) {
    return context.out(await dryRun(plan, options, limits.cores, context));
  }
  const status = await doSweep(plan, options, limits, context);
  const report = options.report ? await writeComparison(plan, context) : undefined;
  const failures = failureText(plan.jobs, status);
  await printResults(plan, status, report, options.json === true, context);
  if (failures !== '') throw new UserError(failures);
}

async function dryRun(
  plan: SweepPlan,
  options: SweepOptions,
  cores: number,
  context: CliContext,
): Promise<string> {
  const names = runsToTrain(plan);
  const runs = plan.study.runs.filter(({ name }) => names.has(name));
  const configs = runs.map(({ config }) => config);
  const measured = await trainingTimes(configs, context, options.quiet === true || options.json === true);
  const cost = sweepCost(plan, cores, measured);
  return options.json ? JSON.stringify(cost, null, 2) : sweepPlanText(cost);
}

async function doSweep(
  plan: SweepPlan,
  options: SweepOptions,
  limits: Awaited<ReturnType<typeof limitsOf>>,
  context: CliContext,
): Promise<ReadonlyMap<string, JobStatus>> {
  const signal = context.interruptible(sameCommand(context));
  const queue = await openQueue(options.queue, options.lease, { signal, say: (line) => context.say(line) });
  const progress = createSweepProgress(streamTarget(context.progressStream), plan.jobs);
  const silent = options.quiet === true || options.json === true;
  const worksHere = options.queue === undefined || options.jobs !== undefined;
  if (!silent)
    context.say(
      `${plan.paths.root}: ${plan.study.runs.length} runs, ${plan.jobs.length} jobs, ${plan.done.size} done before`,
    );
  try {
    return await runSweep(plan, {
      queue,
      signal,
      ...(worksHere && { local: { launch: processLauncher(), admission: createAdmission(limits) } }),
      ...(!silent && { onStatus: (status) => progress.update(status) }),
    });
  } finally {
    if (!silent) progress.finish();
    await queue.close();
    if (signal.aborted && options.queue !== undefined)
      context.say(
        'Jobs that are queued stay so, and workers go on; the same command watches again, --cancel ends it.',
      );
  }
}

/** The comparison of all runs that have a trained state. @returns its page */
async function writeComparison(
  { study, paths }: SweepPlan,
  context: CliContext,
): Promise<string | undefined> {
  const begun = study.runs
    .map(({ name }) => paths.run(name))
    .filter((run) => isRunDirectory(run) && readOverview(run).metas.some((meta) => meta.finished));
  if (begun.length === 0) return undefined;
  const { page, notices } = await writeReport(begun, { outDirectory: paths.report });
  for (const notice of notices) context.say(notice);
  return page;
}

async function printResults(
  { study, paths, jobs }: SweepPlan,
  status: ReadonlyMap<string, JobStatus>,
  report: string | undefined,
  json: boolean,
  context: CliContext,
): Promise<void> {
  const runs = study.runs
    .map(({ name }) => paths.run(name))
    .filter(isRunDirectory)
    .map(readOverview);
  if (json) {
    const failed = jobs.flatMap(({ id }) => {
      const { state, message } = status.get(id) ?? { state: 'waiting' };
      return state === 'failed' ? [{ job: id, message }] : [];
    });
    const result = {
      name: study.name,
      directory: paths.root,
      report,
      jobs: countStates(status),
      failed,
      runs,
    };
    return context.out(JSON.stringify(result, null, 2));
  }
  context.out(`\n${overviewTable(runs)}`);
  if (report !== undefined) context.out(`\nReport: ${report}`);
}

/**
 * Cancels the sweep of a study.
 * @throws UserError where there is no queue, no sweep in the folder, or the queue knows nothing of it
 */
async function cancelFromCommand(options: SweepOptions, context: CliContext): Promise<void> {
  if (options.queue === undefined)
    throw new UserError(
      '--cancel goes with --queue redis://…; a sweep without a queue is stopped with Ctrl-C where it runs.',
    );
  const { name } = loadStudy(options.config);
  const paths = sweepPaths(join(options.runs ?? defaultRunsFolder(), name));
  const queue = await openQueue(options.queue, undefined, {
    signal: context.interruptible(),
    say: (line) => context.say(line),
  });
  try {
    const before = await cancelSweep(paths, queue);
    if (before.size === 0)
      throw new UserError(
        `The queue has no jobs of the sweep ${paths.root}. If workers are at it, see whether --queue is theirs.`,
      );
    context.out(
      options.json === true
        ? JSON.stringify({ name, directory: paths.root, before: countStates(before) }, null, 2)
        : `${paths.root}: ${cancelText(before)}`,
    );
  } finally {
    await queue.close();
  }
}

/** What a cancelling did. @param before how the jobs stood; not empty */
export function cancelText(before: ReadonlyMap<string, JobStatus>): string {
  const { done, running, waiting, cancelled } = countStates(before);
  const count = `${done} of ${before.size} jobs are done`;
  if (running + waiting === 0)
    return cancelled > 0 ? `It was cancelled before; ${count}.` : `Nothing was left to cancel; ${count}.`;
  const stopping = running > 0 ? `; ${running} at work were told to save and stop` : '';
  return (
    `Cancelled: ${waiting} waiting jobs taken off the queue${stopping}; ${count}.\n` +
    'The same command without --cancel queues what is left and goes on.'
  );
}
