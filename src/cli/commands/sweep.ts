/** @file `certprune sweep`: a grid of runs as jobs, here or on many machines. */
import type { Command } from 'commander';
import type { CliContext } from '../context.ts';
import type { SweepOptions } from '../sweep.ts';

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
    .action(async (options: SweepOptions) => {
      const { sweep } = await import('../sweep.ts');
      return sweep(options, context);
    });
}
