/** @file `certprune compare A B`: two networks asked the same. */
import type { Command } from 'commander';
import { forms } from '../../run/verifyOptions/row.ts';
import { flagNames, rowOf, type FlagName } from '../../run/verifyOptions/table.ts';
import type { CliContext } from '../context.ts';
import { commanderOptions, readOptions, type OptionTexts } from '../verify/options.ts';

/** What names the networks, is written of one alone, or asks another question. */
const without: readonly FlagName[] = [
  'onnx',
  'pth',
  'load',
  'abcrown',
  'states',
  'fresh',
  'results',
  'witness',
  'certificate',
  'charts',
];

/** The options that verification of images takes, and those that find a run. */
const taken = new Set(
  flagNames.filter((name) => {
    const { forms: takers = forms } = rowOf(name);
    return (takers.includes('images') || name === 'runs' || name === 'which') && !without.includes(name);
  }),
);

/** Adds `compare`. */
export function addCompareCommand(program: Command, context: CliContext): void {
  const command = program
    .command('compare')
    .description('Compare two networks on the same images: accuracy, certificates, size, latency.')
    .argument('<a>', 'network: .onnx, weights, folder of an imported one, RUN or RUN@STATE')
    .argument('<b>', 'the other one');
  for (const [flags, sentence] of commanderOptions((name) => taken.has(name)))
    command.option(flags, sentence);
  command
    .addHelpText(
      'after',
      `
Both are asked the same: by the options, or as the run of one of them is. Two runs must ask the same, or be told to.
Verdicts that a run has on the very question are taken; everything else is verified now. With --radius certified
radii are compared instead. Differences are judged image by image with McNemar's exact test.

Examples:
  certprune compare mine@0 mine@4
  certprune compare mine@4 small.onnx
  certprune compare a.pth b.onnx --dataset cifar10 --epsilon 2/255 --end 50 --json`,
    )
    .action(async (a: string, b: string, texts: OptionTexts) => {
      const options = await readOptions(texts);
      const { compareForm } = await import('../compare/compareForm.ts');
      await compareForm([a, b], options, context);
    });
}
