/** @file `certprune check-plugin`: the members of a plugin under their families' common suites. */
import type { Command } from 'commander';
import { UserError } from '../../formats/userError.ts';
import type { CliContext } from '../context.ts';

/** Adds `check-plugin`. */
export function addCheckPluginCommand(program: Command, context: CliContext): void {
  program
    .command('check-plugin')
    .description('Load a plugin and check its members as certprune checks its own.')
    .argument('<file>', 'module in TypeScript or JavaScript, see docs/plugins.md')
    .option('--json', 'print the outcomes as JSON')
    .addHelpText(
      'after',
      `
Criteria: masks only shrink, counts are exact. Objectives, regularisers: finite, gradients meet differences.
Models: shapes, the exported file, bounds. Data sets: labels, pixels, splits. Ends with code 1 where a
promise is broken.

Example:
  certprune check-plugin my-criterion.ts`,
    )
    .action(async (file: string, options: { json?: true }) => {
      const [{ checkPlugin }, { wrapped }] = await Promise.all([
        import('../../run/plugins/checkPlugin.ts'),
        import('../table.ts'),
      ]);
      const outcomes = await checkPlugin(file);
      const broken = outcomes.filter(({ ok }) => !ok);
      if (options.json) context.out(JSON.stringify(outcomes, null, 2));
      else {
        let last = '';
        for (const { family, member, ok, promise, found } of outcomes) {
          if (member !== last) context.out(`${family}: ${member}`);
          last = member;
          context.out(`  ${ok ? 'kept  ' : 'BROKEN'}  ${promise}`);
          if (found !== undefined) context.out(wrapped(`          ${found}`, 80, '          '));
        }
      }
      if (broken.length > 0)
        throw new UserError(`${file}: ${broken.length} of ${outcomes.length} promises are broken.`);
      context.say(`${file}: all ${outcomes.length} promises are kept.`);
    });
}
