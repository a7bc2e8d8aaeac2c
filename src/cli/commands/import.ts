/** @file `certprune import`: somebody's network as one that runs train on. */
import type { Command } from 'commander';
import { UserError } from '../../formats/userError.ts';
import type { CliContext } from '../context.ts';
import type { ImportOptions } from '../importFile.ts';

/** Adds `import`. */
export function addImportCommand(program: Command, context: CliContext): void {
  program
    .command('import')
    .description('Take a network from elsewhere, so that runs can start from it.')
    .argument('<file>', '.onnx (.gz), .pth or .pt (a state dict), .safetensors or .npz')
    .option('--as <name>', 'name of the network, or path of its folder (required)')
    .option('--model <name>', 'architecture of the weights: one of the zoo, or a file of layers')
    .option('--input <size>', 'size of an input, where the weights do not tell: 3x32x32')
    .option('--mean <list>', 'mean of the pixels the network was trained on, one or one a channel')
    .option('--std <list>', 'deviation of those pixels')
    .option('--yes', 'confirm an architecture that was told by names and shapes alone')
    .option('--force', 'write over a network of that name')
    .option('--json', 'print what was found as JSON')
    .addHelpText(
      'after',
      `
The network is kept in networks/NAME ($CERTPRUNE_NETWORKS): its layers as network.yaml,
its weights as weights.safetensors. A configuration starts from it with "init: NAME".

Examples:
  certprune import cnn.onnx --as mine
  certprune import weights.pth --as mine --model layers.yaml --mean 0.1307 --std 0.3081
  certprune run --preset mnist-quick init=mine`,
    )
    .action(async (file: string, options: ImportOptions) => {
      if (options.as === undefined)
        throw new UserError('Say what the network is to be called: certprune import FILE --as NAME.');
      const { importFile } = await import('../importFile.ts');
      await importFile(file, options.as, options, context);
    });
}
