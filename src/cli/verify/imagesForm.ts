/** @file `certprune verify --onnx M|--pth M --dataset D`: do images keep their labels? */
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { Norm } from '../../bounds/ball.ts';
import { writeFileAtomic } from '../../formats/atomicWrite.ts';
import { readNpy } from '../../formats/npy.ts';
import { UserError } from '../../formats/userError.ts';
import { verdictCsv } from '../../run/verdictFiles.ts';
import type { Depth, ImageQuestion } from '../../verify/files/answer.ts';
import { verifyImages, type ImagesTask } from '../../verify/files/verifyImages.ts';
import { openImages, type LabelledImages } from '../../verify/files/images.ts';
import { readRowTexts, type RowTexts } from '../../verify/files/outputRows.ts';
import type { Subject } from '../../verify/files/subject.ts';
import { requireMethodFor } from '../../verify/method.ts';
import type { CliContext } from '../context.ts';
import { streamTarget } from '../progress.ts';
import { answerJson } from './answerText.ts';
import { csvRow, summaryOf, tableOf, wordsOf, type ImageRow } from './imageRows.ts';
import { saveWitness } from './instanceForm.ts';
import { liveLine, silentLine } from './liveLine.ts';
import { toldSubject } from './torchSubject.ts';
import {
  limitsOf,
  ratio,
  ratios,
  makeFolderFor,
  requireWritable,
  whole,
  type VerifyOptions,
} from './options.ts';

/** What the command asks, read from its options or from a configuration. */
export interface ImagesRequest extends Pick<ImagesTask, 'subject' | 'limits' | 'workers'> {
  readonly images: LabelledImages;
  readonly indices: readonly number[];
  readonly epsilon: (index: number) => number;
  readonly norm?: Norm;
  readonly targets: ImageQuestion['targets'];
  readonly unsafe?: RowTexts;
  readonly depth: Depth;
  /** One number, or one a channel. */
  readonly normalization?: { readonly mean: readonly number[]; readonly std: readonly number[] };
}

const depths: Readonly<Record<string, Depth>> = {
  'verified-acc': 'complete',
  'crown-acc': 'bounds',
  'clean-acc': 'clean',
};

/** Verifies images of a data set with a model file. */
export async function verifyImagesForm(options: VerifyOptions, context: CliContext): Promise<void> {
  await verifyAndReport(await imagesRequest(options), options, context);
}

/** What the options ask. */
export async function imagesRequest(options: VerifyOptions): Promise<ImagesRequest> {
  const depth = depths[options.mode ?? 'verified-acc'];
  if (depth === undefined)
    throw new UserError(`--mode ${options.mode}: expected ${Object.keys(depths).join(', ')}.`);
  const images = openImages(options.dataset!, options.labels);
  const normalization = normalizationOf(options);
  return {
    subject: subjectOf(options, images),
    images,
    indices: indicesOf(images, options),
    epsilon: epsilonOf(options, depth, images),
    norm: await normAsked(options),
    targets: targetsOf(options.targets ?? 'all'),
    ...(options.unsafe !== undefined && { unsafe: readRowTexts(options.unsafe) }),
    depth,
    limits: await limitsOf(options),
    ...(options.workers !== undefined && { workers: whole('--workers', options.workers) }),
    ...(normalization && { normalization }),
  };
}

/** The range that the options ask for, within what there is; by default a hundred images. */
export function indicesOf(
  { count }: LabelledImages,
  options: VerifyOptions,
  preset: { readonly start?: number; readonly end?: number } = {},
): number[] {
  const start = options.start === undefined ? (preset.start ?? 0) : whole('--start', options.start);
  const end = options.end === undefined ? (preset.end ?? start + 100) : whole('--end', options.end);
  if (start >= count) throw new UserError(`The first image is to be ${start}, but there are only ${count}.`);
  if (end <= start) throw new UserError(`The image after the last one is ${end}, the first is ${start}.`);
  return Array.from({ length: Math.min(end, count) - start }, (_, i) => start + i);
}

/** One radius, or a .npy file with one for each image. */
export function epsilonOf(
  { epsilon }: VerifyOptions,
  depth: Depth,
  { count }: LabelledImages,
): (index: number) => number {
  if (epsilon === undefined && depth === 'clean') return () => 0;
  if (epsilon === undefined) throw new UserError('Give the radius: --epsilon 2/255, for example.');
  if (!epsilon.endsWith('.npy')) {
    const radius = ratio('--epsilon', epsilon);
    return () => radius;
  }
  const { data } = readNpy(epsilon);
  if (data.length !== count)
    throw new UserError(`${epsilon}: it holds ${data.length} radii for ${count} images.`);
  return (index) => Number(data[index]);
}

/** The norm of the radius. @throws UserError where the method cannot answer for it */
export async function normAsked({ norm: text }: VerifyOptions, preset: Norm = 'inf'): Promise<Norm> {
  if (text === undefined) return preset;
  const { normOf } = await import('../../run/config/values.ts');
  const norm = normOf(text);
  if (norm === undefined) throw new UserError(`--norm ${text}: expected inf, 2 or 1.`);
  return norm;
}

function subjectOf({ onnx, pth, model }: VerifyOptions, images: LabelledImages): Subject {
  if (onnx !== undefined) {
    if (model !== undefined)
      throw new UserError('--model goes with --pth; an ONNX file tells its architecture.');
    return { kind: 'onnx', path: onnx };
  }
  if (pth === undefined) throw new UserError('Name the model: --onnx, or --pth with --model.');
  return {
    kind: 'torch',
    path: pth,
    choices: { inputShape: images.shape, ...(model !== undefined && { model }) },
  };
}

export function targetsOf(text: string): ImageQuestion['targets'] {
  if (text === 'all' || text === 'runner-up') return text;
  if (text === 'runnerup') return 'runner-up';
  if (!/^\d+$/.test(text))
    throw new UserError(`--targets ${text}: expected all, runner-up or a class number.`);
  return { target: Number(text) };
}

function normalizationOf({ mean, std }: VerifyOptions): ImagesRequest['normalization'] {
  if (mean === undefined && std === undefined) return undefined;
  return {
    mean: mean === undefined ? [0] : ratios('--mean', mean),
    std:
      std === undefined
        ? [1]
        : ratios('--std', std).map((value) => {
            if (value === 0) throw new UserError(`--std ${std}: a deviation cannot be 0.`);
            return value;
          }),
  };
}

/** One number an element of the input. */
function spread(
  { shape, pixels }: LabelledImages,
  { mean, std }: NonNullable<ImagesRequest['normalization']>,
): { mean: Float64Array; std: Float64Array } {
  const channels = shape.length === 3 ? shape[0] : 1;
  const size = pixels(0).length;
  const over = (values: readonly number[], option: string): Float64Array => {
    if (values.length !== 1 && values.length !== channels)
      throw new UserError(`${option}: ${values.length} numbers for images of ${channels} channels.`);
    return Float64Array.from({ length: size }, (_, i) =>
      values.length === 1 ? values[0] : values[Math.floor((i * channels) / size)],
    );
  };
  return { mean: over(mean, '--mean'), std: over(std, '--std') };
}

/** Does the work of a request, with live figures, files and a table. */
export async function verifyAndReport(
  request: ImagesRequest,
  options: VerifyOptions,
  context: CliContext,
): Promise<void> {
  const { rows, seconds } = await answerImages(request, options, context);
  if (options.json) {
    const records = rows.map(({ index, label, answer }) => ({ index, label, ...answerJson(answer) }));
    return context.out(JSON.stringify(records, null, 2));
  }
  context.out(`${tableOf(rows)}\n\n${summaryOf(rows, request.depth, seconds)}`);
}

/** Processes side by side. */
const workersFor = ({ indices, workers }: ImagesRequest): number =>
  Math.min(indices.length, workers || availableParallelism());

/** Threads of one operation: one where several processes share the cores. */
export const threadsFor = (request: ImagesRequest): number =>
  request.limits.threads ?? (workersFor(request) > 1 ? 1 : availableParallelism());

/** What `answerImages` is told beside the request. */
export interface AnswerHooks {
  /** Stands before an image in the live line. */
  readonly about?: string;
  /** Called once an answer and its counterexample are safe. */
  readonly onAnswer?: (row: ImageRow) => void;
}

/** Answers for every image, in order, with live figures; writes results and counterexamples. */
export async function answerImages(
  request: ImagesRequest,
  options: VerifyOptions,
  context: CliContext,
  { about = '', onAnswer }: AnswerHooks = {},
): Promise<{ readonly rows: readonly ImageRow[]; readonly seconds: number }> {
  requireWritable('--results', options.results);
  makeFolderFor('--witness', options.witness);
  const { images, indices, epsilon, norm, targets, unsafe, depth } = request;
  requireMethodFor(request.limits.choices?.method, norm);
  const signal = context.interruptible();
  const quiet = options.quiet === true || options.json === true;
  const live = quiet ? silentLine : liveLine(streamTarget(context.progressStream));
  const normalization = request.normalization && spread(images, request.normalization);
  const subject = toldSubject(request.subject, normalization !== undefined, (note) => {
    if (!options.quiet) context.say(`${about}${note}`);
  });
  const question = (index: number): ImageQuestion => ({
    kind: 'image',
    pixels: images.pixels(index),
    label: images.label(index),
    epsilon: epsilon(index),
    ...(norm !== undefined && { norm }),
    targets,
    ...(unsafe && { unsafe }),
    depth,
    ...(normalization && { normalization }),
  });
  const rows: ImageRow[] = [];
  const started = performance.now();
  const workers = workersFor(request);
  try {
    await verifyImages(
      { subject, limits: request.limits, workers, indices, question },
      {
        signal,
        onProgress: (progress, index) => live.show(progress, undefined, `${about}image ${index}  `),
        async onAnswer(answer, index) {
          const row = { index, label: images.label(index), answer };
          rows.push(row);
          live.say(`${about}${rows.length}/${indices.length} image ${index}: ${wordsOf(answer)}`);
          if (options.witness !== undefined && answer.by !== 'clean')
            await saveWitness(answer, join(options.witness, `${index}.npy`));
          onAnswer?.(row);
        },
      },
    );
  } finally {
    live.clear();
    rows.sort((a, b) => a.index - b.index);
    if (options.results !== undefined && rows.length > 0)
      writeFileAtomic(options.results, verdictCsv(rows.map((row) => csvRow(row, options.witness))));
  }
  return { rows, seconds: (performance.now() - started) / 1000 };
}
