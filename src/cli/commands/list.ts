/** @file `certprune list`: the families, their members and what those may be told. */
import type { Command } from 'commander';
import type { CliContext } from '../context.ts';

/** Adds `list [family]`. */
export function addListCommand(program: Command, context: CliContext): void {
  program
    .command('list')
    .description('What there is to choose from: criteria, objectives, models, …')
    .argument('[family]', 'a family, or the key that chooses from it')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      `
Examples:
  certprune list                    the families
  certprune list pruning-criteria   one of them, with the options of its members
  certprune list prune_method       whatever this key of a configuration may name`,
    )
    .action(async (family: string | undefined, { json }: { json?: true }) => {
      const [{ describeFamilies }, { familyText, overviewText }] = await Promise.all([
        import('../../run/config/describeFamilies.ts'),
        import('../familyText.ts'),
      ]);
      const found = describeFamilies(family);
      if (json) context.out(JSON.stringify(found, null, 2));
      else if (family === undefined) context.out(overviewText(found));
      else context.out(found.map(familyText).join('\n\n'));
    });
}
