/** @file `certprune neurons`: what the neurons of checkpoints from elsewhere are like. */
import type { MeasuredCheckpoint } from '../../report/html/neurons.ts';
import { statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import type { Command } from 'commander';
import { UserError } from '../../formats/userError.ts';
import type { CliContext } from '../context.ts';
import { addOwnFlags, ownOptionsOf, type OwnTexts } from '../ownDataFlags.ts';
import { wholeNumber } from '../configOptions.ts';

interface NeuronsOptions extends OwnTexts {
  readonly pth: string;
  readonly model?: string;
  readonly dataset: string;
  readonly epsilon: string;
  readonly norm?: string;
  readonly images: string;
  readonly gammaPow: string;
  readonly which: string;
  readonly threads?: string;
  readonly out?: string;
  readonly json?: true;
}

/** What the network takes off is no matter of the data here. */
const ofNetwork = ['mean', 'std'] as const;

/** Adds `neurons`. */
export function addNeuronsCommand(program: Command, context: CliContext): void {
  const command = program
    .command('neurons')
    .description('Measure the neurons and bounds of PyTorch checkpoints: a page with charts, and CSV.')
    .requiredOption('--pth <path>', 'PyTorch weights, or a folder of checkpoints (see --which)')
    .option('--model <name>', 'architecture of the weights (default: the one that alone fits)')
    .requiredOption('--dataset <name>', 'data set (its test images), or path of your own')
    .option('--labels <file>', '.npy file of labels')
    .requiredOption('--epsilon <radius>', 'radius in raw pixels 0..1, e.g. 2/255')
    .option('--norm <p>', 'what the radius is measured in: inf (default), 2 or 1')
    .option('--mean <list>', 'mean that the network takes off raw pixels, one or one a channel')
    .option('--std <list>', 'deviation that the network divides by')
    .option('--images <n>', 'the first so many images, in whole batches of 32', '256')
    .option('--gamma-pow <p>', 'power of |γ| in the NRS loss', '2')
    .option('--which <word>', 'of a folder: checkpoints with this word in their name', 'last')
    .option('--threads <n>', 'threads of one operation (default: one per core)')
    .option('-o, --out <folder>', 'folder of the report (default: neurons/ beside the weights)')
    .option('--json', 'print the measures as JSON')
    .addHelpText(
      'after',
      `
The same measures as a run's report has: instability × sensitivity of single neurons, unstable neurons by layer
before and after batch norm, NRS loss, widths and products of interval bounds.

Examples:
  certprune neurons --pth checkpoints --model cifar_model_deep --dataset cifar10 --epsilon 2/255
  certprune neurons --pth 03last.model --dataset x.npy --labels y.npy --epsilon 0.01 --out neurons`,
    )
    .action((options: NeuronsOptions) => neurons(options, context));
  addOwnFlags(command, [...ofNetwork, 'labels']);
}

async function neurons(options: NeuronsOptions, context: CliContext): Promise<void> {
  const [{ checkpointsOf }, given, { openImages }, { measureCheckpoint }, { writeNeurons }] =
    await Promise.all([
      import('../verify/folderForm.ts'),
      import('../../run/verifyOptions/kinds.ts'),
      import('../../verify/files/images.ts'),
      import('../../run/measureCheckpoint.ts'),
      import('../../report/writeNeurons.ts'),
    ]);
  const epsilon = given.epsilon.parse(options.epsilon, '--epsilon');
  if (typeof epsilon === 'string')
    throw new UserError(`--epsilon ${epsilon}: neurons are measured at one radius, such as 2/255.`);
  const wanted = wholeNumber('--images', options.images, 1);
  const norm = options.norm === undefined ? 'inf' : given.norm.parse(options.norm, '--norm');
  const gammaPow = wholeNumber('--gamma-pow', options.gammaPow, 0);
  const threads =
    options.threads === undefined ? availableParallelism() : wholeNumber('--threads', options.threads, 1);
  const mean = options.mean === undefined ? undefined : given.mean.parse(options.mean, '--mean');
  const std = options.std === undefined ? undefined : given.std.parse(options.std, '--std');

  const { pth } = options;
  const isFolder = statSync(pth, { throwIfNoEntry: false })?.isDirectory() ?? false;
  const files = isFolder ? checkpointsOf(pth, options.which).map((name) => join(pth, name)) : [pth];
  const images = openImages(options.dataset, ownOptionsOf(options, ofNetwork));
  const signal = context.interruptible();
  const checkpoints: MeasuredCheckpoint[] = [];
  const failures: string[] = [];
  const broken: string[] = [];
  for (const [at, file] of files.entries()) {
    signal.throwIfAborted();
    if (!options.json) context.say(`${at + 1}/${files.length} ${basename(file)}`);
    try {
      const { notes, ...measured } = await measureCheckpoint(
        {
          path: file,
          model: options.model,
          mean,
          std,
          images,
          plan: { epsilon, norm, images: wanted, gammaPow },
          threads,
        },
        signal,
      );
      if (!options.json) for (const note of notes) context.say(`${basename(file)}: ${note}`);
      checkpoints.push({ name: basename(file), ...measured });
    } catch (error) {
      if (!(error instanceof UserError) || files.length === 1) throw error;
      failures.push(error.message);
      broken.push(basename(file));
      context.say(error.message);
    }
  }
  if (checkpoints.length === 0)
    throw new UserError(`${pth}: none of ${files.length} checkpoints could be measured.`);
  const place = resolve(pth);
  const folder = options.out ?? join(isFolder ? place : dirname(place), 'neurons');
  const count = checkpoints[0].record.images;
  const lead =
    `${options.model ?? 'Architecture as read off the weights'}, the first ${count} images of ${options.dataset}, ` +
    `ε ${options.epsilon}${norm === 'inf' ? '' : ` in the l${norm} norm`}.`;
  const title = isFolder ? `Checkpoints of ${basename(place)}` : basename(place);
  const written = await writeNeurons({ title, lead, checkpoints, failures }, folder);
  context.out(
    options.json
      ? JSON.stringify({ ...written, checkpoints, failures }, null, 2)
      : `Neurons: ${written.page}`,
  );
  if (broken.length > 0)
    throw new UserError(
      `${broken.length} of ${files.length} checkpoints could not be measured: ${broken.join(', ')}.`,
    );
}
