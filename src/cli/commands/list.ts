/** @file `certprune list`: the families, their members and what those may be told. */
import type { Command } from 'commander';
import { repeated } from '../configOptions.ts';
import type { CliContext } from '../context.ts';

interface ListOptions {
  readonly config?: string;
  readonly plugins?: readonly string[];
  readonly json?: true;
}

/** Adds `list [family]`. */
export function addListCommand(program: Command, context: CliContext): void {
  program
    .command('list')
    .description('What there is to choose from: criteria, objectives, models, …')
    .argument('[family]', 'a family, or the key that chooses from it')
    .option('-c, --config <file>', 'a configuration, whose plugins are listed too')
    .option('--plugins <file>', 'a plugin whose members are listed too; may be repeated', repeated)
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      `
Examples:
  certprune list                    the families
  certprune list pruning-criteria   one of them, with the options of its members
  certprune list prune_method       whatever this key of a configuration may name
  certprune list pruning-criteria --plugins my-criterion.ts`,
    )
    .action(async (family: string | undefined, { config, plugins = [], json }: ListOptions) => {
      const [{ describeFamilies }, { joinPlugins }, { familyText, overviewText }] = await Promise.all([
        import('../../run/config/describeFamilies.ts'),
        import('../../run/config/presets.ts'),
        import('../familyText.ts'),
      ]);
      joinPlugins(config, plugins);
      const found = describeFamilies(family);
      if (json) context.out(JSON.stringify(found, null, 2));
      else if (family === undefined) context.out(overviewText(found));
      else context.out(found.map(familyText).join('\n\n'));
    });
}
