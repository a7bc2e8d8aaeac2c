/** @file `certprune sweep`: a grid of runs as jobs, here or on many machines. */
import type { Command } from 'commander';
import { UserError } from '../../formats/userError.ts';
import type { JobStatus } from '../../run/sweep/queue.ts';
import type { SweepPlan } from '../../run/sweep/sweep.ts';
import type { CliContext } from '../context.ts';
import { limitsOf, type MachineOptions } from '../machineOptions.ts';

interface SweepOptions extends MachineOptions {
  readonly config?: string;
  readonly runs?: string;
  readonly queue?: string;
  readonly lease?: string;
  readonly dryRun?: true;
  readonly cancel?: true;
  readonly report: boolean;
  readonly quiet?: true;
  readonly json?: true;
}

const help = `
The study names a base configuration and a grid over it; any key of a configuration can be an axis:

  config: fgsm.yaml              # or preset: NAME; or nothing: all in base
  base: { epochs: 20 }           # laid over it
  grid:
    dataset: [mnist, fashionMnist]
    eps: [0.1, 8/255]
    method:                      # an axis: named choices of several keys
      plain: { prune_method: l1unstruct }
      nrs: { prune_method: l1unstruct, rs_reg: true }
    seed: [1, 2, 3]
  chunk: 25                      # images of one verification job
  memory: { train: 2GB, verify: 1GB }   # of a job; default: estimated

Runs go to runs/STUDY/RUN, the comparison to runs/STUDY/report. The same command goes on after any interruption and
does only what is left. With --queue the jobs go to Redis or Valkey, for workers ("certprune worker") on machines that
share the folder of runs; this process then plans, watches and reports, and works too where --jobs is given. Stopping
it stops no worker; --cancel takes the waiting jobs off the queue and tells those at work to save and end.

Examples:
  certprune sweep --config study.yaml --dry-run
  certprune sweep --config study.yaml --jobs 4 --memory 12GB
  certprune sweep --config study.yaml --queue redis://head:6379 --runs /shared/runs
  certprune sweep --config study.yaml --queue redis://head:6379 --runs /shared/runs --cancel`;

/** Adds `sweep`. */
export function addSweepCommand(program: Command, context: CliContext): void {
  program
    .command('sweep')
    .description('Do all runs of a study, several jobs side by side, and compare them.')
    .requiredOption('-c, --config <file>', 'study (YAML)')
    .option('--runs <folder>', 'folder of run directories (default: $CERTPRUNE_RUNS or runs)')
    .option('--jobs <n>', 'jobs side by side, of one thread each (default: one per core)')
    .option('--memory <size>', 'memory that all jobs may take together (default: most of what is free)')
    .option('--queue <url>', 'Redis or Valkey that shares the jobs out to workers, e.g. redis://host:6379')
    .option('--lease <seconds>', 'with --queue and --jobs: see "certprune worker --help"')
    .option('--dry-run', 'print runs, jobs and cost (training is timed for a few steps), and stop')
    .addOption(
      program
        .createOption('--cancel', 'with --queue: take the sweep off the queue, and stop')
        .conflicts('dryRun'),
    )
    .option('--no-report', 'write no comparison')
    .option('-q, --quiet', 'no progress')
    .option('--json', 'print the results, or the plan, as JSON')
    .addHelpText('after', help)
    .action((options: SweepOptions) => sweep(options, context));
}

async function sweep(options: SweepOptions, context: CliContext): Promise<void> {
  if (options.cancel) {
    const { cancelFromCommand } = await import('../cancelSweep.ts');
    return cancelFromCommand({ ...options, config: options.config! }, context);
  }
  const [{ loadStudy }, { planSweep }, { defaultRunsFolder }] = await Promise.all([
    import('../../run/sweep/study.ts'),
    import('../../run/sweep/sweep.ts'),
    import('../../run/runs.ts'),
  ]);
  const limits = await limitsOf(options);
  const plan = planSweep(loadStudy(options.config!), options.runs ?? defaultRunsFolder());
  if (options.dryRun) {
    return context.out(await dryRun(plan, options, limits.cores, context));
  }
  const status = await doSweep(plan, options, limits, context);
  const report = options.report ? await writeComparison(plan, context) : undefined;
  const { failureText } = await import('../sweepText.ts');
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
  const [{ sweepPlanText }, { sweepCost }, { runsToTrain }, { trainingTimes }] = await Promise.all([
    import('../sweepPlanText.ts'),
    import('../sweepPlan.ts'),
    import('../../run/sweep/trainingLeft.ts'),
    import('../trainingTimes.ts'),
  ]);
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
  const [
    { runSweep },
    { createSweepProgress },
    { streamTarget },
    { createAdmission },
    { processLauncher },
    { openQueue },
  ] = await Promise.all([
    import('../../run/sweep/sweep.ts'),
    import('../sweepProgress.ts'),
    import('../liveRegion.ts'),
    import('../../run/sweep/admission.ts'),
    import('../../run/sweep/launcher.ts'),
    import('../../run/sweep/openQueue.ts'),
  ]);
  const signal = context.interruptible();
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
  const [{ writeReport }, { isRunDirectory }, { readOverview }] = await Promise.all([
    import('../../report/writeReport.ts'),
    import('../../run/runDirectory.ts'),
    import('../../run/runs.ts'),
  ]);
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
  const [{ isRunDirectory }, { readOverview }, { overviewTable }, { countStates }] = await Promise.all([
    import('../../run/runDirectory.ts'),
    import('../../run/runs.ts'),
    import('../overviewTable.ts'),
    import('../sweepText.ts'),
  ]);
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
