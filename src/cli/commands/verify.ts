/** @file `certprune verify`: complete verification of trained states, of model files, of lists of instances. */
import { statSync } from 'node:fs';
import type { Command } from 'commander';
import { UserError } from '../../formats/userError.ts';
import type { CliContext } from '../context.ts';
import type { VerifyOptions } from '../verify/options.ts';

const help = `
One question a call; which one is told by the options:
  RUN                             trained states of a run, image by image
  --onnx M --vnnlib S             one instance of VNN-COMP: unsat (it holds), sat (counterexample), timeout, unknown
  --csv instances.csv             a list of them: lines model,property,seconds[,expected], paths relative to the list
  --pth FOLDER --dataset D        the same images for every checkpoint of a folder, in one table
  --onnx M|--pth M --dataset D    images of a data set: does the label stay within --epsilon?
  --abcrown FILE.yaml             the same, as a configuration of α,β-CROWN tells it

For a run, settings that are not given are those of its configuration; an interrupted verification goes on with
the images that have no verdict yet, and states verified to the end are left alone unless --fresh is given. So does
a folder of checkpoints where --results names a folder for its verdicts.
The exit code is 0 for any verdict.

Examples:
  certprune verify runs/mine --states 0,4 --timeout 60 --fresh
  certprune verify mine --images 0:1000 --which best --json
  certprune verify --onnx net.onnx --vnnlib prop.vnnlib --timeout 60 --results out.txt
  certprune verify --csv instances.csv --expected expected.csv --results results.csv
  certprune verify --pth net.pth --model cnn_4layer_adv --dataset cifar10 --epsilon 2/255 --start 0 --end 100`;

/** Adds `verify`. */
export function addVerifyCommand(program: Command, context: CliContext): void {
  program
    .command('verify')
    .description('Verify completely: attack, bounds, branch and bound.')
    .argument('[run]', 'run directory, or name of a run')
    .argument('[overrides...]', 'verify.key=value overrides of a run, e.g. verify.pgd.restarts=10')
    .option('--onnx <file>', 'model, .onnx or .onnx.gz')
    .option('--vnnlib <file>', 'property, .vnnlib or .vnnlib.gz')
    .option('--csv <file>', 'list of instances')
    .option('--expected <file>', 'table of expected verdicts: onnx, vnnlib, result')
    .option('--abcrown <file>', 'configuration of α,β-CROWN')
    .option('--pth <file>', 'PyTorch weights; a folder of checkpoints is verified one by one (see --which)')
    .option('--model <name>', 'architecture of the weights (default: read off their shapes)')
    .option('--dataset <name>', 'data set, or .npy file of images')
    .option('--labels <file>', '.npy file of labels')
    .option('--epsilon <radius>', 'radius in raw pixels 0..1, e.g. 2/255')
    .option('--norm <p>', 'what the radius is measured in: inf (default), 2 or 1')
    .option('--mean <list>', 'mean that the network takes off raw pixels, one or one a channel')
    .option('--std <list>', 'deviation that the network divides by')
    .option('--start <n>', 'first image (default: 0)')
    .option('--end <n>', 'image after the last one (default: 100 more)')
    .option('--targets <classes>', 'all (default), runner-up, or the number of one class')
    .option('--unsafe <file>', 'YAML list of inequalities such as "Y_0 - 2 Y_3 <= 0.5", instead of targets')
    .option('--mode <mode>', 'verified-acc (default), crown-acc (bounds without a search) or clean-acc')
    .option('--method <method>', 'for what bounds leave open: bab (default), bab-refine or mip')
    .option('--branching <name>', 'which ReLU is split next: intercept (default), babsr, fsb or kfsb')
    .option('--relaxation <name>', 'lower line of a ReLU: adaptive (default), same-slope, zero-lb or one-lb')
    .option('--intermediate <n>', 'α iterations on intermediate bounds, 0 = fixed at CROWN’s (default: 20)')
    .option('--share-alpha', 'one α for the neurons of a layer bounded together: less memory, looser bounds')
    .option('-s, --states <list>', 'of a run: all, or state numbers such as 0,2-4', 'all')
    .option('--images <start:end>', 'of a run: test images start … end−1')
    .option(
      '--which <word>',
      'of a run: last or best; of a folder: word in the names of checkpoints (default: last)',
    )
    .option('--runs <folder>', 'folder of run directories (default: $CERTPRUNE_RUNS or runs)')
    .option('--fresh', 'of a run, or a folder with --results: throw earlier verdicts away')
    .option('--timeout <seconds>', 'time limit of one instance or image, everything included')
    .option('--memory <size>', 'memory limit, e.g. 4GB')
    .option('--workers <n>', 'images side by side, 0 = one per core')
    .option('--threads <n>', 'threads of one operation (default: one per core)')
    .option('--seed <n>', 'seed of the attacks (default: 0)')
    .option('--results <file>', "results: VNN-COMP's for one instance, else CSV")
    .option('--witness <path>', 'counterexample as .npy (and .png); a folder for several')
    .option('-q, --quiet', 'no progress')
    .option('--json', 'print the results as JSON')
    .addHelpText('after', help)
    .action((run: string | undefined, words: string[], options: VerifyOptions) =>
      dispatch(run, words, options, context),
    );
}

async function dispatch(
  run: string | undefined,
  words: readonly string[],
  options: VerifyOptions,
  context: CliContext,
): Promise<void> {
  const { onnx, pth, vnnlib, csv, dataset, abcrown } = options;
  requireOneForm(run, options);
  if (run !== undefined) {
    const { verifyRunForm } = await import('../verify/runForm.ts');
    return verifyRunForm(run, words, options, context);
  }
  if (csv !== undefined) {
    const { verifyCsvForm } = await import('../verify/csvForm.ts');
    return verifyCsvForm(csv, options, context);
  }
  if (abcrown !== undefined) {
    const { verifyAbcrownForm } = await import('../verify/abcrownForm.ts');
    return verifyAbcrownForm(abcrown, options, context);
  }
  if (dataset !== undefined && pth !== undefined && statSync(pth, { throwIfNoEntry: false })?.isDirectory()) {
    const { verifyFolderForm } = await import('../verify/folderForm.ts');
    return verifyFolderForm(pth, options, context);
  }
  if (dataset !== undefined) {
    const { verifyImagesForm } = await import('../verify/imagesForm.ts');
    return verifyImagesForm(options, context);
  }
  if (onnx !== undefined && vnnlib !== undefined) {
    const { verifyInstanceForm } = await import('../verify/instanceForm.ts');
    return verifyInstanceForm({ onnx, vnnlib }, options, context);
  }
  if (pth !== undefined && vnnlib !== undefined)
    throw new UserError(
      '--vnnlib goes with --onnx. Export the weights: certprune export, or torch.onnx.export.',
    );
  throw new UserError(
    onnx === undefined && pth === undefined
      ? 'Name what is to be verified: a run, --onnx with --vnnlib or --dataset, --csv, or --abcrown. See certprune verify --help.'
      : 'The model needs a question: --vnnlib with a property, or --dataset with --epsilon.',
  );
}

function requireOneForm(run: string | undefined, options: VerifyOptions): void {
  const { vnnlib, csv, dataset, abcrown } = options;
  const named = {
    '--vnnlib': vnnlib,
    '--csv': csv,
    // A configuration's images may be given beside it.
    '--dataset': abcrown === undefined ? dataset : undefined,
    '--abcrown': abcrown,
  };
  const given = [
    ...(run === undefined ? [] : [`the run ${run}`]),
    ...Object.entries(named)
      .filter(([, v]) => v !== undefined)
      .map(([k]) => k),
  ];
  if (given.length > 1)
    throw new UserError(`${given.join(' and ')} are different questions. Ask one at a time.`);
  if (options.onnx !== undefined && options.pth !== undefined)
    throw new UserError('--onnx and --pth both name the model. Give one of them.');
}
