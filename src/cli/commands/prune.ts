/** @file `certprune prune`: the mask and first weights of a run's next state. */
import { shellWord } from '../../formats/shellWord.ts';
import type { Command } from 'commander';
import type { CliContext } from '../context.ts';

/** Adds `prune`. */
export function addPruneCommand(program: Command, context: CliContext): void {
  program
    .command('prune')
    .description('Prune the newest trained state of a run and rewind: makes the next state, ready to train.')
    .argument('<run>', 'run directory, or name of a run')
    .option('--runs <folder>', 'folder of run directories (default: $CERTPRUNE_RUNS or runs)')
    .option('--json', 'print the record of the new state as JSON')
    .addHelpText(
      'after',
      `
Method, rate and rewinding are those of the run's configuration.

Examples:
  certprune prune runs/mine
  certprune prune mine --json`,
    )
    .action(async (run: string, options: { runs?: string; json?: true }) => {
      const { chooseRun } = await import('../configOptions.ts');
      const chosen = await chooseRun([run], options);
      const [{ pruneNext }, { workOn }, { formatCount, formatShare }] = await Promise.all([
        import('../../run/experiment.ts'),
        import('../work.ts'),
        import('../format.ts'),
      ]);
      const meta = await workOn(chosen, context, options.json === true, pruneNext);
      if (options.json) return context.out(JSON.stringify(meta, null, 2));
      const { size } = meta;
      const all = size
        ? `, ${formatCount(size.nonzero)} of all ${formatCount(size.parameters)} parameters`
        : '';
      context.out(
        `State ${meta.state} of ${chosen.directory} keeps ${formatShare(meta.remainRatio)} of the weights${all}; train it with: certprune train ${shellWord(chosen.directory)}`,
      );
    });
}
