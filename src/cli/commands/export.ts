/** @file `certprune export`: the network of a trained state as a file for other programs. */
import type { Command } from 'commander';
import { UserError } from '../../formats/userError.ts';
import type { CliContext } from '../context.ts';
import { addStateOptions, chooseState, wholeNumber, type StateOptions } from '../configOptions.ts';

interface ExportOptions extends StateOptions {
  readonly pth?: string;
  readonly opset?: string;
  readonly ir?: string;
  readonly onnx?: string;
  readonly safetensors?: string;
  readonly npz?: string;
  readonly compress?: true;
}

/** Adds `export`. */
export function addExportCommand(program: Command, context: CliContext): void {
  addStateOptions(program.command('export'))
    .description(
      'Write the network of a trained state as ONNX, .pth, safetensors or npz; pruned weights are 0.',
    )
    .option('--onnx <file>', 'the whole function, for raw pixels 0..1 [N,C,H,W], any batch size')
    .option('--pth <file>', 'a state dict for torch.load(FILE, weights_only=True)')
    .option('--safetensors <file>', 'parameters, masks, normalisation; the layers in the metadata')
    .option('--npz <file>', 'the same for NumPy')
    .option('--opset <n>', 'operator set of the ONNX file, 7 to 22 (default: 17)')
    .option('--ir <n>', 'version of the ONNX format (default: the oldest that will do, from 8 on)')
    .option('--compress', 'without pruned and dead channels, batch norms folded (unless --keep-bn)')
    .addHelpText(
      'after',
      `
Missing folders are made. The ONNX file's metadata say the radius, the accuracies, the certified
share and the SHA-256 of the list of certificates; docs/networks.md describes all files.

Examples:
  certprune export runs/mine --onnx mine.onnx --pth mine.pth
  certprune export mine --state 3 --compress --onnx small.onnx --npz small.npz`,
    )
    .action(async (run: string, options: ExportOptions) => {
      const [{ exportKinds, exportNetwork }, { compress }, { exportFacts }] = await Promise.all([
        import('../../nn/exportNetwork.ts'),
        import('../../prune/compress.ts'),
        import('../../run/exportFacts.ts'),
      ]);
      const wanted = exportKinds.filter((kind) => options[kind] !== undefined);
      if (wanted.length === 0)
        throw new UserError(
          'Nothing to write: give --onnx FILE, --pth FILE, --safetensors FILE or --npz FILE.',
        );
      if (options.keepBn && !options.compress)
        throw new UserError('--keep-bn belongs to --compress: without it nothing is folded.');
      const versions = versionsOf(options);
      const chosen = await chooseState(run, options);
      const net = options.compress ? compress(chosen, { keepBatchNorm: options.keepBn === true }) : chosen;
      const extras = {
        // Channels that are gone have no masks.
        masks: options.compress ? {} : chosen.masks,
        facts: exportFacts({ ...chosen, which: options.which }, options.compress === true),
        versions,
      };
      for (const kind of wanted) {
        exportNetwork(net, kind, options[kind]!, extras);
        context.out(`State ${chosen.state} of ${chosen.directory} as ${kind}: ${options[kind]}`);
      }
    });
}

/** @throws UserError where they belong to no file that is written */
function versionsOf({ onnx, opset, ir }: ExportOptions): { opset?: number; ir?: number } {
  if (onnx === undefined && (opset !== undefined || ir !== undefined))
    throw new UserError('--opset and --ir belong to --onnx.');
  return {
    ...(opset !== undefined && { opset: wholeNumber('--opset', opset, 1) }),
    ...(ir !== undefined && { ir: wholeNumber('--ir', ir, 1) }),
  };
}
