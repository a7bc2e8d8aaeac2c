/** @file `certprune verify --abcrown FILE.yaml`: a configuration of α,β-CROWN. */
import { UserError } from '../../formats/userError.ts';
import { readAbcrown, type AbcrownQuestion, type AbcrownRequest } from '../../run/abcrown/request.ts';
import { openImages } from '../../verify/files/images.ts';
import type { CliContext } from '../context.ts';
import { epsilonOf, indicesOf, normAsked, targetsOf, verifyAndReport } from './imagesForm.ts';
import { limitsOf, whole, withOptions, type VerifyOptions } from './options.ts';

/** Answers the configuration's question; options of the command line come before its values. */
export async function verifyAbcrownForm(
  path: string,
  given: VerifyOptions,
  context: CliContext,
): Promise<void> {
  const request = readAbcrown(path);
  for (const warning of request.warnings) context.say(`${path}: ${warning}`);
  const { question, limits, resultsFile } = request;
  const results = given.results ?? resultsFile;
  const options: VerifyOptions = { ...given, ...(results !== undefined && { results }) };
  if (question.kind === 'instance') {
    const { verifyInstanceForm } = await import('./instanceForm.ts');
    return verifyInstanceForm(question, options, context, limits);
  }
  if (question.kind === 'list') {
    const { verifyCsvForm } = await import('./csvForm.ts');
    return verifyCsvForm(question.csv, options, context, { ...question, limits });
  }
  return verifyImagesOf(question, request, options, context);
}

async function verifyImagesOf(
  question: Extract<AbcrownQuestion, { kind: 'images' }>,
  { limits }: AbcrownRequest,
  options: VerifyOptions,
  context: CliContext,
): Promise<void> {
  const { subject, select, depth, normalization } = question;
  const dataset = options.dataset ?? question.dataset;
  if (dataset === undefined)
    throw new UserError(
      'The images of data.dataset are not known here. Give them with --dataset and --labels.',
    );
  const targets = options.targets === undefined ? question.targets : targetsOf(options.targets);
  if (targets === undefined)
    throw new UserError('A target is asked for (specify-target): give its class with --targets.');
  const images = openImages(dataset, options.labels);
  const missing = select?.find((index) => !(Number.isInteger(index) && index >= 0 && index < images.count));
  if (missing !== undefined)
    throw new UserError(`data.select_instance: there is no image ${missing}; there are ${images.count}.`);
  await verifyAndReport(
    {
      subject:
        subject.kind === 'torch'
          ? { ...subject, choices: { inputShape: images.shape, ...subject.choices } }
          : subject,
      images,
      indices: select ?? indicesOf(images, options, question),
      epsilon:
        options.epsilon === undefined && question.epsilon !== undefined
          ? () => question.epsilon!
          : epsilonOf(options, depth, images),
      norm: await normAsked(options, question.norm),
      targets,
      depth,
      limits: withOptions(limits, await limitsOf(options)),
      ...(options.workers !== undefined && { workers: whole('--workers', options.workers) }),
      ...(normalization && { normalization }),
    },
    options,
    context,
  );
}
