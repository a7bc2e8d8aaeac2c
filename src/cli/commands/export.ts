/** @file `certprune export`: the network of a trained state as a file for other programs. */
import type { Command } from 'commander';
import { UserError } from '../../formats/userError.ts';
import type { CliContext } from '../context.ts';
import { addStateOptions, chooseState, type StateOptions } from '../configOptions.ts';

interface ExportOptions extends StateOptions {
  readonly onnx?: string;
  readonly safetensors?: string;
  readonly npz?: string;
  readonly compress?: true;
}

/** Adds `export`. */
export function addExportCommand(program: Command, context: CliContext): void {
  addStateOptions(program.command('export'))
    .description('Write the network of a trained state as ONNX, safetensors or npz; pruned weights are 0.')
    .option('--onnx <file>', 'the whole function, for raw pixels 0..1 [N,C,H,W], any batch size')
    .option('--safetensors <file>', 'parameters and buffers; the layers as JSON in the metadata')
    .option('--npz <file>', 'parameters and buffers for NumPy')
    .option('--compress', 'without pruned and dead channels, batch norms folded (unless --keep-bn)')
    .addHelpText(
      'after',
      `
Examples:
  certprune export runs/mine --onnx mine.onnx
  certprune export mine --state 3 --compress --onnx small.onnx --npz small.npz`,
    )
    .action(async (run: string, options: ExportOptions) => {
      const [{ exportKinds, exportNetwork }, { compress }] = await Promise.all([
        import('../../nn/exportNetwork.ts'),
        import('../../prune/compress.ts'),
      ]);
      const wanted = exportKinds.filter((kind) => options[kind] !== undefined);
      if (wanted.length === 0)
        throw new UserError('Nothing to write: give --onnx FILE, --safetensors FILE or --npz FILE.');
      if (options.keepBn && !options.compress)
        throw new UserError('--keep-bn belongs to --compress: without it nothing is folded.');
      const chosen = await chooseState(run, options);
      const net = options.compress ? compress(chosen, { keepBatchNorm: options.keepBn === true }) : chosen;
      for (const kind of wanted) {
        exportNetwork(net, kind, options[kind]!);
        context.out(`State ${chosen.state} of ${chosen.directory} as ${kind}: ${options[kind]}`);
      }
    });
}
