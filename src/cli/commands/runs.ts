/** @file `certprune runs`: the runs that are there. */
import { datasetLabel } from '../../data/own/path.ts';
import type { Command } from 'commander';
import { archName } from '../../run/config/archName.ts';
import type { RunOverview } from '../../run/runs.ts';
import type { CliContext } from '../context.ts';

interface RunsOptions {
  readonly runs?: string;
  readonly json?: true;
}

/** Adds `runs list | show | rm`. */
export function addRunsCommand(program: Command, context: CliContext): void {
  const runs = program
    .command('runs')
    .description('List runs, look into one, delete some.')
    .addHelpText(
      'after',
      `
Examples:
  certprune runs list
  certprune runs show mnist-quick
  certprune runs rm old-one another`,
    );
  const sub = (name: string, description: string): Command =>
    runs
      .command(name)
      .description(description)
      .option('--runs <folder>', 'folder of run directories (default: $CERTPRUNE_RUNS or runs)');

  sub('list', 'All runs, newest first.')
    .option('--json', 'print JSON')
    .action((options: RunsOptions) => list(options, context));
  sub('show', 'The states of a run and their results.')
    .argument('<run>', 'run directory, or name of a run')
    .option('--json', 'print JSON')
    .action((run: string, options: RunsOptions) => show(run, options, context));
  sub('rm', 'Delete runs with all their files.')
    .argument('<runs...>', 'run directories, or names of runs')
    .action((names: string[], options: RunsOptions) => remove(names, options, context));
}

async function list(options: RunsOptions, context: CliContext): Promise<void> {
  const [{ defaultRunsFolder, listRuns }, { overviewTable }] = await Promise.all([
    import('../../run/runs.ts'),
    import('../results.ts'),
  ]);
  const folder = options.runs ?? defaultRunsFolder();
  const found = listRuns(folder);
  if (options.json) return context.out(JSON.stringify(found, null, 2));
  if (found.length === 0)
    return context.out(`No runs in ${folder}. Start one with: certprune run --preset mnist-quick`);
  context.out(overviewTable(found));
}

async function show(name: string, options: RunsOptions, context: CliContext): Promise<void> {
  const [{ findRun, readOverview }, { resultJson, resultTable }] = await Promise.all([
    import('../../run/runs.ts'),
    import('../results.ts'),
  ]);
  const run = readOverview(findRun(name, options.runs));
  if (options.json) return context.out(resultJson(run));
  context.out(`${run.directory}: ${headline(run)}\n`);
  if (run.problem === undefined) context.out(resultTable(run));
}

function headline({ status, config, problem }: RunOverview): string {
  if (!config) return `${status}: ${problem ?? ''}`;
  const { trainer, dataset, arch, pruneMethod, rate, eps, epochs, seed } = config;
  return `${status}; ${trainer} on ${datasetLabel(dataset)}, ${archName(arch)}, eps ${eps}, ${pruneMethod} at rate ${rate}, ${epochs} epochs a state, seed ${seed}`;
}

async function remove(names: readonly string[], options: RunsOptions, context: CliContext): Promise<void> {
  const { checkRemovable, findRun, removeRun } = await import('../../run/runs.ts');
  // All are looked at before any is deleted: a misspelt name, or a run that a process is at work on, deletes nothing.
  const directories = names.map((name) => findRun(name, options.runs));
  for (const directory of directories) checkRemovable(directory);
  for (const directory of directories) {
    removeRun(directory);
    context.out(`Deleted ${directory}`);
  }
}
