/** @file `certprune train`: one state of a run. */
import type { Command } from 'commander';
import { shellWord } from '../../formats/shellWord.ts';
import { addConfigOptions, chooseRun, type ConfigOptions } from '../configOptions.ts';
import type { CliContext } from '../context.ts';

/** Adds `train`. */
export function addTrainCommand(program: Command, context: CliContext): void {
  addConfigOptions(program.command('train'))
    .description('Train one state: the dense one of a new run, or the one that "certprune prune" prepared.')
    .argument('[words...]', 'a run; or key=value overrides beside --config or --preset')
    .option('-q, --quiet', 'no progress')
    .option('--json', 'print the record of the state as JSON')
    .addHelpText(
      'after',
      `
An interrupted training goes on where it stopped when the command is given again.

Examples:
  certprune train --preset mnist-quick name=mine
  certprune prune runs/mine
  certprune train runs/mine`,
    )
    .action(async (words: string[], options: ConfigOptions & { quiet?: true; json?: true }) => {
      const chosen = await chooseRun(words, options);
      const [{ trainNext }, { workOn }] = await Promise.all([
        import('../../run/experiment.ts'),
        import('../work.ts'),
      ]);
      const quiet = options.quiet === true || options.json === true;
      const meta = await workOn(
        chosen,
        context,
        quiet,
        trainNext,
        `certprune train ${shellWord(chosen.directory)}`,
      );
      if (options.json) return context.out(JSON.stringify(meta, null, 2));
      context.out(`State ${meta.state} of ${chosen.directory} is trained.`);
    });
}
