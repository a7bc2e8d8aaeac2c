/** @file `certprune verify --abcrown FILE.yaml`: a configuration of α,β-CROWN. */
import { statSync } from 'node:fs';
import { UserError } from '../../formats/userError.ts';
import { readAbcrown, type AbcrownQuestion } from '../../run/abcrown/request.ts';
import type { Limits } from '../../verify/files/answer.ts';
import type { CliContext } from '../context.ts';
import { requireApplicable, type VerifyOptions } from './options.ts';

/** Answers the configuration's question; options of the command line come before its values. */
export async function verifyAbcrownForm(
  path: string,
  given: VerifyOptions,
  context: CliContext,
): Promise<void> {
  const { onnx, pth, model, vnnlib, csv, dataset } = given;
  const request = readAbcrown(path, {
    ...(onnx !== undefined && { onnx }),
    ...(pth !== undefined && { pth }),
    ...(model !== undefined && { model }),
    ...(vnnlib !== undefined && { vnnlib }),
    ...(csv !== undefined && { csv }),
    ...(dataset !== undefined && { dataset }),
  });
  const { question, limits, resultsFile } = request;
  const results = given.results ?? resultsFile;
  const options: VerifyOptions = { ...given, ...(results !== undefined && { results }) };
  const form = question.kind === 'list' ? 'csv' : isFolderOf(question) ? 'folder' : question.kind;
  requireApplicable(form, given);
  for (const warning of request.warnings) context.say(`${path}: ${warning}`);
  if (question.kind === 'instance') {
    const { verifyInstanceForm } = await import('./instanceForm.ts');
    return verifyInstanceForm(question, options, context, limits);
  }
  if (question.kind === 'list') {
    const { verifyCsvForm } = await import('./csvForm.ts');
    return verifyCsvForm(question.csv, options, context, { ...question, limits });
  }
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
  const { targets, dataset, ...asked } = question;
  if (dataset === undefined && options.dataset === undefined)
    throw new UserError(
      'The images of data.dataset are not known here. Give them with --dataset and --labels.',
    );
  if (targets === undefined && options.targets === undefined)
    throw new UserError('A target is asked for (specify-target): give its class with --targets.');
  const preset = {
    ...asked,
    limits,
    ...(dataset !== undefined && { dataset }),
    ...(targets !== undefined && { targets }),
  };
  if (isFolderOf(question)) {
    const { verifyFolderForm } = await import('./folderForm.ts');
    return verifyFolderForm(question.subject.path, options, context, preset);
  }
  // The configuration, or what was laid over it, names the model.
  const { onnx: _onnx, pth: _pth, model: _model, ...rest } = options;
  const { verifyImagesForm } = await import('./imagesForm.ts');
  return verifyImagesForm(rest, context, preset);
}
