/** @file `certprune run`: the whole experiment, from data to report. */
import type { Command } from 'commander';
import { shellWord } from '../../formats/shellWord.ts';
import { UserError } from '../../formats/userError.ts';
import { addConfigOptions, chooseRun, type ChosenRun, type ConfigOptions } from '../configOptions.ts';
import type { CliContext } from '../context.ts';

interface RunOptions extends ConfigOptions {
  readonly resume?: true;
  readonly fresh?: true;
  readonly dryRun?: true;
  readonly report: boolean;
  readonly quiet?: true;
  readonly json?: true;
}

/** Adds `run`. */
export function addRunCommand(program: Command, context: CliContext): void {
  addConfigOptions(program.command('run'))
    .description('Train, prune, verify and report: the whole experiment of a configuration.')
    .argument('[words...]', 'key=value overrides of the configuration; or the run to continue with --resume')
    .option('--resume', 'go on with the run where it was interrupted')
    .option('--fresh', 'delete an earlier run of this name and start over')
    .option(
      '--dry-run',
      'print the resolved configuration, the plan and its cost (training is timed for a few steps), and stop',
    )
    .option('--no-report', 'write no report')
    .option('-q, --quiet', 'no progress')
    .option('--json', 'print the results, or the plan, as JSON')
    .addHelpText(
      'after',
      `
The run directory runs/NAME takes everything: configuration, checkpoints, verdicts, report. Ctrl-C saves the
state and ends with code 130; --resume goes on from there, as it does after a crash or a power cut.

Examples:
  certprune run --preset mnist-quick
  certprune run --preset mnist-quick name=half rate=0.5 verify.timeout=30
  certprune run --config fgsm_l1unstruct.yml --dry-run
  certprune run --preset fgsm_l1unstruct --with quick
  certprune run runs/half --resume`,
    )
    .action(async (words: string[], options: RunOptions) => {
      if (options.resume && options.fresh)
        throw new UserError('--resume and --fresh contradict each other: give one.');
      const chosen = await chooseRun(words, options);
      if (options.dryRun) {
        const [{ planText }, { runPlan }, { trainingTimes }] = await Promise.all([
          import('../runPlan.ts'),
          import('../runPlan.ts'),
          import('../trainingTimes.ts'),
        ]);
        const quiet = options.quiet === true || options.json === true;
        const measured = await trainingTimes([chosen.config], context, quiet);
        const plan = runPlan(chosen.config, chosen.directory, measured);
        context.out(options.json ? JSON.stringify(plan, null, 2) : planText(plan));
        return;
      }
      await runAll(chosen, options, context);
    });
}

async function runAll(chosen: ChosenRun, options: RunOptions, context: CliContext): Promise<void> {
  const [{ beginRun }, { runExperiment }, { workOn }, { readOverview }, { resultJson, resultTable }] =
    await Promise.all([
      import('../../run/runs.ts'),
      import('../../run/experiment.ts'),
      import('../work.ts'),
      import('../../run/runs.ts'),
      import('../results.ts'),
    ]);
  const { directory } = chosen;
  const beginning = beginRun(directory, chosen.config, {
    resume: options.resume === true,
    fresh: options.fresh === true,
  });
  if (beginning === 'complete') {
    context.say(`${directory} is complete; --fresh would do it all again.`);
  } else {
    // Said once the run is open: what refuses it (a lock, missing data) comes first.
    const begun = (): void =>
      context.say(`${beginning === 'resume' ? 'Continuing' : 'Starting'} ${directory}`);
    await workOn(
      chosen,
      context,
      options.quiet === true || options.json === true,
      (work) => runExperiment({ ...work, begun }),
      `certprune run ${shellWord(directory)} --resume`,
    );
  }
  let report: string | undefined;
  if (options.report) {
    const { writeReport } = await import('../../report/writeReport.ts');
    report = (await writeReport([directory])).page;
  }
  const overview = readOverview(directory);
  if (options.json) return context.out(resultJson(overview, report));
  context.out(`\n${resultTable(overview)}\n`);
  context.out(
    'test set and the first PGD: all test images of the evaluation;\nthe columns after "images": the verified ones.',
  );
  if (report !== undefined) context.out(`Report: ${report}`);
}
