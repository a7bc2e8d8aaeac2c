/** @file Data of one's own in a configuration: read when it is resolved, so that network and plan know shape, classes and counts. */
import { defaultValidationSize, imageCount, type Dataset } from '../../data/dataset.ts';
import { movesAlike, pixelDomain } from '../../data/domain.ts';
import { ownKey, ownOptionNames, ownOptionsIn } from '../../data/own/options.ts';
import { openOwn, type OwnData } from '../../data/own/ownData.ts';
import { isOwnPath, ownPath } from '../../data/own/path.ts';
import { UserError } from '../../formats/userError.ts';
import { networkOfArchitecture, readArchitecture } from '../../nn/notation/architecture.ts';
import { buildModel } from '../../nn/zoo/models.ts';
import { camelKeys, snakeKeys } from './camelCase.ts';
import type { ConfigSource, Problem } from './source.ts';

type Values = Record<string, unknown>;

/**
 * A parsed configuration with the absolute path of the user's own data, what is found there, and a validation part that
 * fits it; others are returned as they are.
 * @param folder what relative paths are relative to; those of the command line are relative to the current folder
 * @param saved the configuration was written by a run, which has looked already
 */
export function withOwnData(
  parsed: Values,
  source: ConfigSource,
  folder: string,
  saved: boolean,
): { readonly values: Values; readonly problems: readonly Problem[] } {
  const dataset = String(parsed['dataset']);
  if (!isOwnPath(dataset)) {
    // As with other options: whoever did not say which images may have meant others.
    const isSaid = source.place(['dataset']) !== undefined && !saved;
    const stray = isSaid ? ownOptionNames.map(ownKey).filter((key) => source.values[key] !== undefined) : [];
    const message = `is for data of your own, but dataset is ${dataset}: leave it out, or name a path (dataset: ./folder)`;
    return { values: parsed, problems: stray.map((key) => ({ path: [key], message })) };
  }
  if (saved && parsed['data_record'] !== undefined) return { values: parsed, problems: [] };
  const from = (key: string): string => (source.place([key])?.startsWith('override number') ? '.' : folder);
  const values: Values = { ...parsed, dataset: ownPath(dataset, from('dataset')) };
  if (typeof values['labels'] === 'string') values['labels'] = ownPath(values['labels'], from('labels'));
  try {
    const data = openOwn(String(values['dataset']), ownOptionsIn(camelKeys(values)));
    values['data_record'] = recordOf(data);
    return withValidation(values, data, source.values['validation_size'] !== undefined);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { values, problems: [{ path: ['dataset'], message: error.message }] };
  }
}

function recordOf({ form, train, test, validation, featureNames }: OwnData): Values {
  const { shape, classNames, mean, std, domain } = train;
  const record = {
    form: form.name,
    shape: [...shape],
    classNames,
    ...(featureNames && { featureNames: [...featureNames] }),
    trainCount: imageCount(train),
    testCount: imageCount(test),
    ...(validation && { validationCount: imageCount(validation) }),
    mean,
    std,
    ...(domain?.lower && { lower: [...domain.lower] }),
    ...(domain?.upper && { upper: [...domain.upper] }),
    ...(domain && { radii: [...domain.radii] }),
  };
  return snakeKeys(record) as Values;
}

/** A tenth of the training part, where neither files nor the user say more; and what does not go with the data. */
function withValidation(
  values: Values,
  { train, test, validation }: OwnData,
  given: boolean,
): { readonly values: Values; readonly problems: readonly Problem[] } {
  const problems: Problem[] = [];
  const fault = (key: string, message: string): void => void problems.push({ path: [key], message });
  const count = validation && imageCount(validation);
  const own = count ?? Math.min(defaultValidationSize, Math.ceil(imageCount(train) / 10));
  if (count !== undefined && given && values['validation_size'] !== count)
    fault('validation_size', `the data states its validation part (${count} samples) itself: leave it out`);
  const empty = emptyClass(train);
  if (imageCount(train) === 0) fault('dataset', 'its training part is empty: give a smaller test_share');
  else if (imageCount(test) === 0) fault('dataset', 'its test part is empty: give a larger test_share');
  else if (empty !== undefined)
    fault(
      'dataset',
      `the class ${empty} has no samples in the training part: labels count from 0 without gaps. Renumber them, or add samples`,
    );
  const misfit = networkFault(values['arch'], train);
  if (misfit !== undefined) fault('arch', misfit);
  const domain = train.domain ?? pixelDomain;
  if (values['norm'] !== 'inf' && !movesAlike(domain))
    fault(
      'norm',
      'expected inf: radii that differ between features and features held fixed go with no other norm',
    );
  if (!train.domain && values['norm'] === 'inf' && Number(values['eps']) > 1)
    fault('eps', `expected 0 to 1 for the norm inf (pixels are 0 to 1), got ${String(values['eps'])}`);
  if (train.shape.length !== 3 && values['augment'] === 'crop_flip')
    fault('augment', 'expected auto or none: rows of a table cannot be cropped or flipped');
  return { values: given ? values : { ...values, validation_size: own }, problems };
}

/** Why the network of a configuration is none for the data. */
function networkFault(arch: unknown, { shape, classes }: Dataset): string | undefined {
  try {
    if (typeof arch === 'string') buildModel(arch, { classes, inputShape: shape, bn: true });
    else networkOfArchitecture(readArchitecture(arch), { shape, classes });
    return undefined;
  } catch (error) {
    if (error instanceof UserError) return error.message;
    throw error;
  }
}

function emptyClass({ labels, classes, classNames }: Dataset): string | undefined {
  const seen = new Set<number>();
  for (const label of labels) seen.add(label);
  for (let label = 0; label < classes; label++) if (!seen.has(label)) return classNames[label];
  return undefined;
}
