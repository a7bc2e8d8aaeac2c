/** @file `certprune verify`: complete verification of trained states, of model files, of lists of instances. */
import { statSync } from 'node:fs';
import type { Command } from 'commander';
import { UserError } from '../../formats/userError.ts';
import type { CliContext } from '../context.ts';
import type { VerifyOptions } from '../../run/verifyOptions/table.ts';
import { commanderOptions, readOptions, requireApplicable, type OptionTexts } from '../verify/options.ts';

const help = `
One question a call; which one is told by the options:
  RUN                             trained states of a run, image by image
  --onnx M --vnnlib S             one instance of VNN-COMP: unsat (it holds), sat (counterexample), timeout, unknown
  --csv instances.csv             a list of them: lines model,property,seconds[,expected], paths relative to the list
  --pth FOLDER --dataset D        the same images for every checkpoint of a folder, in one table
  --onnx M|--pth M --dataset D    images of a data set: does the label stay within --epsilon?
  --abcrown FILE.yaml             one of the last four, as a configuration of α,β-CROWN tells it; options of the command line come before its values

With --radius a run or images are asked for the certified radius of each image instead of a verdict.

An option that the question does not take is an error; docs/verification.md has the table of which takes which.
For a run, settings that are not given are those of its configuration; an interrupted verification goes on with
the images that have no verdict yet, and states verified to the end are left alone unless --fresh is given. Another
--epsilon, --norm, --mean, --std, --mode, --targets or --unsafe than the run's is another question: its verdicts
get files of their own, verify/NN-epsilon=….csv and .json, and the run's stay. The same command goes on after an
interruption for a folder of checkpoints and a list of instances too, where --results names a place for verdicts.
The exit code is 0 for any verdict.

Examples:
  certprune verify runs/mine --states 0,4 --timeout 60 --fresh
  certprune verify mine --epsilon 4/255 --mode crown-acc
  certprune verify --onnx net.onnx --vnnlib prop.vnnlib --timeout 60 --results out.txt
  certprune verify --onnx net.onnx --dataset mnist --radius --end 20 --results radii.csv --charts charts
  certprune verify --csv instances.csv --workers 2 --expected expected.csv --results results.csv
  certprune verify --pth net.pth --model cnn_4layer_adv --dataset cifar10 --epsilon 2/255 --start 0 --end 100`;

/** Adds `verify`. */
export function addVerifyCommand(program: Command, context: CliContext): void {
  const command = program
    .command('verify')
    .description('Verify completely: attack, bounds, branch and bound.')
    .argument('[run]', 'run directory, or name of a run')
    .argument('[overrides...]', 'verify.key=value overrides of a run, e.g. verify.pgd.restarts=10');
  for (const [flags, sentence] of commanderOptions()) command.option(flags, sentence);
  command
    .addHelpText('after', help)
    .action(async (run: string | undefined, words: string[], texts: OptionTexts) =>
      dispatch(run, words, await readOptions(texts), context),
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
    requireApplicable('run', options);
    const { verifyRunForm } = await import('../verify/runForm.ts');
    return verifyRunForm(run, words, options, context);
  }
  if (abcrown !== undefined) {
    const { verifyAbcrownForm } = await import('../verify/abcrownForm.ts');
    return verifyAbcrownForm(abcrown, options, context);
  }
  if (csv !== undefined) {
    requireApplicable('csv', options);
    const { verifyCsvForm } = await import('../verify/csvForm.ts');
    return verifyCsvForm(csv, options, context);
  }
  if (dataset !== undefined && pth !== undefined && isFolder(pth)) {
    requireApplicable('folder', options);
    const { verifyFolderForm } = await import('../verify/folderForm.ts');
    return verifyFolderForm(pth, options, context);
  }
  if (dataset !== undefined) {
    requireApplicable('images', options);
    const { verifyImagesForm } = await import('../verify/imagesForm.ts');
    return verifyImagesForm(options, context);
  }
  if (onnx !== undefined && vnnlib !== undefined) {
    requireApplicable('instance', options);
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

const isFolder = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;

function requireOneForm(run: string | undefined, options: VerifyOptions): void {
  const { vnnlib, csv, dataset, abcrown } = options;
  const named = { '--vnnlib': vnnlib, '--csv': csv, '--dataset': dataset };
  // Beside a configuration they stand for what it names.
  const given = [
    ...(run === undefined ? [] : [`the run ${run}`]),
    ...(abcrown !== undefined && run !== undefined ? ['--abcrown'] : []),
    ...Object.entries(named)
      .filter(([, v]) => v !== undefined)
      .map(([k]) => k),
  ];
  if (given.length > 1)
    throw new UserError(`${given.join(' and ')} are different questions. Ask one at a time.`);
}
