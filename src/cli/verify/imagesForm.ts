/** @file `certprune verify --onnx M|--pth M --dataset D`: do images keep their labels? */
import { requireWritten } from '../../verify/files/errorOf.ts';
import { join } from 'node:path';
import { UserError } from '../../formats/userError.ts';
import type { Depth, Limits } from '../../verify/files/answer.ts';
import { verifyImages } from '../../verify/files/verifyImages.ts';
import { openImages, openRadii, type LabelledImages } from '../../verify/files/images.ts';
import { defaultTimeoutSeconds } from '../../verify/files/limits.ts';
import { readRowTexts } from '../../verify/files/outputRows.ts';
import type { FileSubject } from '../../verify/files/subject.ts';
import { requireMethodFor } from '../../verify/method.ts';
import { ownOptionsIn } from '../../data/own/options.ts';
import type { ImagesAsked } from '../../run/abcrown/imagesQuestion.ts';
import type { CliContext } from '../context.ts';
import { streamTarget } from '../liveRegion.ts';
import { wrapped } from '../table.ts';
import { answerJson } from './answerText.ts';
import { imagesCsv, csvRow, summaryOf, tableOf, wordsOf, type ImageRow } from './imageRows.ts';
import { limitsJson } from './instanceForm.ts';
import { later, type Later } from './later.ts';
import { atRest, liveLine, silentLine } from './liveLine.ts';
import type { VerifyOptions } from '../../run/verifyOptions/table.ts';
import { limitsOf, withOptions } from './limits.ts';
import { rangeAsked, requireEffect, requireRadius } from './options.ts';
import { makeFolderFor, openResults, saveWitness } from './places.ts';
import { openQuestion, workersFor, type AskedImages, type ImagesRequest } from './imageQuestion.ts';

/** What a configuration says of images; options of the command line come before it. */
export type ImagesPreset = Partial<ImagesAsked> & { readonly limits?: Limits };

/** Verifies images of a data set with a model file. */
export async function verifyImagesForm(
  options: VerifyOptions,
  context: CliContext,
  preset: ImagesPreset = {},
): Promise<void> {
  const request = imagesRequest(options, preset);
  if (!options.radius) return verifyAndReport(request, options, context);
  const { radiiOfFile } = await import('./radiusForm.ts');
  return radiiOfFile(request, options, context);
}

/** What the options ask. */
export function imagesRequest(options: VerifyOptions, preset: ImagesPreset = {}): ImagesRequest {
  const dataset = options.dataset ?? preset.dataset;
  if (dataset === undefined)
    throw new UserError('Name the images: --dataset, with --labels for a .npy file.');
  const depth = options.mode ?? preset.depth ?? 'complete';
  const limits = withOptions({ timeoutSeconds: defaultTimeoutSeconds, ...preset.limits }, limitsOf(options));
  requireEffect(options, depth, limits.choices?.method);
  requireRadius(options);
  const { mean: _mean, std: _std, ...own } = ownOptionsIn(options);
  const labels = options.labels ?? (options.dataset === undefined ? preset.labels : undefined);
  const images = openImages(dataset, { ...own, ...(labels !== undefined && { labels }) });
  const { mean = preset.normalization?.mean, std = preset.normalization?.std } = options;
  const unsafe = options.unsafe === undefined ? undefined : readRowTexts(options.unsafe);
  return {
    subject: subjectOf(options, images, preset),
    images,
    indices: indicesOf(images, options, preset),
    epsilon: options.radius ? () => 0 : epsilonOf(options.epsilon ?? preset.epsilon, depth, images),
    norm: options.norm ?? preset.norm ?? 'inf',
    targets: options.targets ?? preset.targets ?? 'all',
    ...(preset.threshold !== undefined && { threshold: preset.threshold }),
    ...(unsafe && options.targets === undefined && { unsafe }),
    depth,
    limits,
    ...(options.workers !== undefined && { workers: options.workers }),
    ...((mean ?? std) && { normalization: { mean: mean ?? [0], std: std ?? [1] } }),
  };
}

/** The range that is asked for, within what there is; by default a hundred images. */
function indicesOf(images: LabelledImages, options: VerifyOptions, preset: ImagesPreset): number[] {
  const { count } = images;
  const asked = rangeAsked(options);
  const { select } = preset;
  if (select && asked.start === undefined && asked.end === undefined) {
    const missing = select.find((index) => !(Number.isInteger(index) && index >= 0 && index < count));
    if (missing !== undefined)
      throw new UserError(`There is no image ${missing} (data.select_instance); there are ${count}.`);
    return [...select];
  }
  const start = asked.start ?? preset.start ?? 0;
  const end = asked.end ?? (asked.start === undefined ? preset.end : undefined) ?? start + 100;
  if (start >= count) throw new UserError(`The first image is to be ${start}, but there are only ${count}.`);
  if (end <= start) throw new UserError(`The image after the last one is ${end}, the first is ${start}.`);
  return Array.from({ length: Math.min(end, count) - start }, (_, i) => start + i);
}

/** One radius, or a .npy file with one for each image. */
function epsilonOf(
  epsilon: number | string | undefined,
  depth: Depth,
  { count }: LabelledImages,
): (index: number) => number {
  if (typeof epsilon === 'string') return openRadii(epsilon, count);
  if (epsilon === undefined && depth !== 'clean')
    throw new UserError('Give the radius: --epsilon 2/255, for example.');
  return () => epsilon ?? 0;
}

function subjectOf(
  { onnx, pth, model }: VerifyOptions,
  images: LabelledImages,
  { subject }: ImagesPreset,
): FileSubject {
  if (onnx !== undefined) return { kind: 'onnx', path: onnx };
  const known = subject?.kind === 'torch' ? subject : undefined;
  if (subject?.kind === 'onnx' && pth === undefined) {
    if (model !== undefined)
      throw new UserError('--model goes with weights (--pth); the ONNX file tells its architecture.');
    return subject;
  }
  const path = pth ?? known?.path;
  if (path === undefined) throw new UserError('Name the model: --onnx, or --pth with --model.');
  return {
    kind: 'torch',
    path,
    choices: { inputShape: images.shape, ...known?.choices, ...(model !== undefined && { model }) },
  };
}

/** Does the work of a request, with live figures, files and a table. */
export async function verifyAndReport(
  request: ImagesRequest,
  options: VerifyOptions,
  context: CliContext,
): Promise<void> {
  const { rows, seconds, failures } = await answerImages(request, options, context);
  if (options.json) {
    const records = rows.map(({ index, label, epsilon, norm, answer }) => ({
      index,
      label,
      epsilon,
      norm,
      ...answerJson(answer),
      ...limitsJson(request.limits),
    }));
    context.out(JSON.stringify(records, null, 2));
  } else {
    const { depth, targets } = request;
    const unsafe = request.unsafe !== undefined || targets === 'all-positive';
    context.out(`${tableOf(rows)}\n\n${summaryOf(rows, { depth, unsafe, seconds })}`);
  }
  failures.raise();
}

/** What `answerImages` is told beside the request. */
export interface AnswerHooks {
  /** Stands before an image in the live line. */
  readonly about?: string;
  /** Called once an answer and its counterexample are safe. */
  readonly onAnswer?: (row: ImageRow) => void;
  /** The command that goes on after Ctrl-C; absent where answers are not kept. */
  readonly goOn?: string;
}

/**
 * Answers for every image, in order, with live figures; writes results and counterexamples.
 * @returns the answers, and what could not be written, to be raised once they are told
 */
export async function answerImages(
  request: AskedImages,
  options: VerifyOptions,
  context: CliContext,
  { about = '', onAnswer, goOn }: AnswerHooks = {},
): Promise<{ readonly rows: readonly ImageRow[]; readonly seconds: number; readonly failures: Later }> {
  const results = openResults(options.results);
  makeFolderFor('--witness', options.witness);
  makeFolderFor('--certificate', options.certificate);
  const { images, indices, epsilon, norm } = request;
  requireMethodFor(request.limits.choices?.method, norm);
  const signal = context.interruptible(goOn);
  const quiet = options.quiet === true || options.json === true;
  const live = quiet ? silentLine : liveLine(streamTarget(context.progressStream));
  const { question, subject } = openQuestion(request, (note) => {
    if (!options.quiet) context.say(wrapped(`${about}${note}`));
  });
  const rows: ImageRow[] = [];
  const started = performance.now();
  const workers = workersFor(request);
  const { timeoutSeconds = Infinity } = request.limits;
  const failures = later((message) => live.say(`certprune: ${message}`));
  try {
    await verifyImages(
      {
        subject,
        limits: request.limits,
        workers,
        indices,
        question: (index) => question(index, epsilon(index)),
        ...(options.certificate !== undefined && { certificates: options.certificate }),
      },
      {
        signal,
        onClassified: (images) =>
          live.show(
            { ...atRest, step: `classified ${images} of ${indices.length} images` },
            undefined,
            about,
          ),
        onProgress: (progress, index) => live.show(progress, undefined, `${about}image ${index}  `),
        onAnswer(answer, index) {
          const row = {
            index,
            label: images.label(index),
            epsilon: epsilon(index),
            norm,
            timeoutSeconds,
            answer,
          };
          rows.push(row);
          live.say(`${about}${rows.length}/${indices.length} image ${index}: ${wordsOf(answer)}`);
          failures.attempt(() => requireWritten(answer));
          const folder = options.witness;
          if (folder !== undefined && answer.by !== 'clean')
            failures.attempt(() => saveWitness(answer, join(folder, `${index}.npy`)));
          onAnswer?.(row);
        },
      },
    );
  } finally {
    live.clear();
    rows.sort((a, b) => a.index - b.index);
    if (rows.length > 0)
      failures.attempt(() => results?.write(imagesCsv(rows.map((row) => csvRow(row, options.witness)))));
  }
  return { rows, seconds: (performance.now() - started) / 1000, failures };
}
