/** @file `certprune report`: the page of one run, or of several compared. */
import type { Command } from 'commander';
import type { CliContext } from '../context.ts';

/** Adds `report`. */
export function addReportCommand(program: Command, context: CliContext): void {
  program
    .command('report')
    .description('Write the report of a run (HTML, CSV, SVG, PNG), or of several runs side by side.')
    .argument('<runs...>', 'run directories, or names of runs')
    .option(
      '-o, --out <folder>',
      'folder of the report (default: report/ in the run directory; of several runs, comparison/ beside the first)',
    )
    .option('--runs <folder>', 'folder of run directories (default: $CERTPRUNE_RUNS or runs)')
    .option('--json', 'print the files written as JSON')
    .addHelpText(
      'after',
      `
The page opens from the disk and needs no network. A run that is still at work is reported as far as it has come.

Examples:
  certprune report mnist-quick
  certprune report runs/a runs/b --out comparison`,
    )
    .action(async (names: string[], options: { out?: string; runs?: string; json?: true }) => {
      const [{ findRun }, { writeReport }] = await Promise.all([
        import('../../run/runs.ts'),
        import('../../report/writeReport.ts'),
      ]);
      const directories = names.map((name) => findRun(name, options.runs));
      const written = await writeReport(
        directories,
        options.out === undefined ? {} : { outDirectory: options.out },
      );
      context.out(options.json ? JSON.stringify(written, null, 2) : `Report: ${written.page}`);
    });
}
