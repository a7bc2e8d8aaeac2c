/** @file `certprune verify --abcrown FILE.yaml`: a configuration of α,β-CROWN. */
import { statSync } from 'node:fs';
import { UserError } from '../../formats/userError.ts';
import type { ImagesAsked } from '../../run/abcrown/imagesQuestion.ts';
import { readAbcrown, type AbcrownQuestion } from '../../run/abcrown/request.ts';
import type { Limits } from '../../verify/files/answer.ts';
import type { CliContext } from '../context.ts';
import { wrapped } from '../table.ts';
import type { VerifyOptions } from '../../run/verifyOptions/table.ts';
import { rangeAsked, requireApplicable } from './options.ts';

/** Answers the configuration's question; options of the command line come before its values. */
export async function verifyAbcrownForm(
  path: string,
  given: VerifyOptions,
  context: CliContext,
): Promise<void> {
  const request = readAbcrown(path, given);
  const { question, limits, resultsFile } = request;
  const results = given.results ?? resultsFile;
  const options: VerifyOptions = { ...given, ...(results !== undefined && { results }) };
  const form = question.kind === 'list' ? 'csv' : isFolderOf(question) ? 'folder' : question.kind;
  requireApplicable(form, given);
  if (given.radius)
    throw new UserError(
      `--radius looks for the radius, which ${path} gives. Name model and images with --onnx or --pth, and --dataset.`,
    );
  for (const warning of request.warnings) context.say(wrapped(`${path}: ${warning}`));
  if (question.kind === 'instance') {
    const { verifyInstanceForm } = await import('./instanceForm.ts');
    return verifyInstanceForm(question, options, context, limits);
  }
  if (question.kind === 'list') {
    const { verifyCsvForm } = await import('./csvForm.ts');
    return verifyCsvForm(question.csv, options, context, { ...question, limits });
  }
  requireAll(path, question, options);
  return verifyImagesOf(question, limits, options, context);
}

const isFolderOf = (question: AbcrownQuestion): boolean =>
  question.kind === 'images' &&
  question.subject.kind === 'torch' &&
  (statSync(question.subject.path, { throwIfNoEntry: false })?.isDirectory() ?? false);

async function verifyImagesOf(
  question: Extract<AbcrownQuestion, { kind: 'images' }>,
  limits: Limits,
  options: VerifyOptions,
  context: CliContext,
): Promise<void> {
  const preset = { ...question, limits };
  if (!options.quiet && !options.json) context.say(wrapped(wordsOf(question, limits, options)));
  if (isFolderOf(question)) {
    const { verifyFolderForm } = await import('./folderForm.ts');
    return verifyFolderForm(question.subject.path, options, context, preset);
  }
  // The configuration, or what was laid over it, names the model.
  const { onnx: _onnx, pth: _pth, model: _model, ...rest } = options;
  const { verifyImagesForm } = await import('./imagesForm.ts');
  return verifyImagesForm(rest, context, preset);
}

/** @throws UserError that names every file that is lacking, and what to give instead */
function requireAll(path: string, { lacking, targets }: ImagesAsked, given: VerifyOptions): void {
  const files = [
    lacking.model,
    ...(given.dataset === undefined ? [lacking.images] : []),
    ...(given.targets === undefined || given.epsilon === undefined ? [lacking.properties] : []),
  ].filter((file) => file !== undefined);
  if (files.length > 0) throw new UserError(`${path} lacks ${files.join('; and ')}.`);
  if (targets === undefined && given.targets === undefined)
    throw new UserError('A target is asked for (specify-target): give its class with --targets.');
}

/** What is taken: images, network, radius, normalisation and limit. */
function wordsOf(question: ImagesAsked, limits: Limits, options: VerifyOptions): string {
  const { subject, select, threshold, normalization } = question;
  const range = rangeAsked(options);
  const { start = question.start, end = range.start === undefined ? question.end : undefined } = range;
  const chosen = range.start === undefined && range.end === undefined ? select : undefined;
  const network =
    subject.kind === 'torch' ? `${subject.choices.model ?? 'network'} of ${subject.path}` : subject.path;
  return [
    options.dataset ?? question.dataset,
    chosen
      ? `${chosen.length} images by number`
      : `images from ${start}${end === undefined ? '' : ` to ${end - 1}`}`,
    network,
    `radius ${options.epsilon ?? question.epsilon} (${options.norm ?? question.norm ?? 'inf'})`,
    ...(threshold === 0 ? [] : [`margins above ${threshold}`]),
    `mean ${(options.mean ?? normalization?.mean ?? [0]).map(short).join(' ')}`,
    `std ${(options.std ?? normalization?.std ?? [1]).map(short).join(' ')}`,
    `${options.timeout ?? limits.timeoutSeconds} s an image`,
  ].join(', ');
}

const short = (value: number): string => String(Number(value.toPrecision(5)));
