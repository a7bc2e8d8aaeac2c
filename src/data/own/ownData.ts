/** @file Opens data of one's own: finds its form, reads, splits and checks it. */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { family } from '../../family/family.ts';
import { systemFault } from '../../formats/systemFault.ts';
import { UserError } from '../../formats/userError.ts';
import type { Dataset } from '../dataset.ts';
import type { InputDomain } from '../domain.ts';
import type { Normalization } from '../normalization.ts';
import { arrays } from './arrays.ts';
import { fixedIn } from './fixedFeatures.ts';
import { folders } from './folders.ts';
import type { OwnForm, OwnPart, OwnSamples } from './form.ts';
import { idx } from './idx.ts';
import { ownFlag, ownKey, ownOptionNames, type OwnOptions } from './options.ts';
import { splitByShare } from './split.ts';
import { table } from './table.ts';
import { isPixelDomain, requireRange } from './values.ts';
import { filesBelow } from './walk.ts';

/** Forms in which data of one's own is read; the first that holds a path reads it. */
export const ownForms = family<OwnForm>({ kind: 'form of own data', plural: 'forms of own data' }, [
  table,
  arrays,
  idx,
  folders,
]);

/** The test part where neither files nor options say which it is. */
export const defaultTestShare = 0.2;

/** Data as it was read, split and checked. */
export interface OwnData {
  readonly form: OwnForm;
  readonly train: Dataset;
  readonly test: Dataset;
  /** Where files state one. */
  readonly validation?: Dataset;
  /** All together in the order of the file, where files state no parts. */
  readonly whole?: Dataset;
  /** A sample of the test part, or of the whole, in messages: the place of its label. */
  readonly testName: (index: number) => string;
  /** What labels stand for, where the data has words for them. */
  readonly classWords?: readonly string[];
  readonly wholeName?: (index: number) => string;
  readonly featureNames?: readonly string[];
  /** SHA-256 by name. */
  readonly files: Readonly<Record<string, string>>;
}

/** What was opened last: a configuration is looked at before its data is used. */
let last: { readonly key: string; readonly data: OwnData } | undefined;

/**
 * @param path of a file or folder, absolute
 * @throws UserError naming what is wrong, where, and what to do
 */
export function openOwn(path: string, options: OwnOptions = {}): OwnData {
  const form = formOf(path);
  requireRead(form, options, path);
  const key = JSON.stringify([path, options, stampOf(path), options.labels && stampOf(options.labels)]);
  if (last?.key !== key) last = { key, data: made(path, form, form.read(path, options), options) };
  return last.data;
}

/** Changes with any file there, for this process. */
function stampOf(path: string): string {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (!stat?.isDirectory()) return `${stat?.size} ${stat?.mtimeMs} ${stat?.ctimeMs}`;
  return filesBelow(path)
    .map((file) => `${file} ${stampOf(join(path, file))}`)
    .join('\n');
}

function formOf(path: string): OwnForm {
  try {
    statSync(path);
  } catch (error) {
    throw new UserError(
      `Cannot read the data ${path}: ${systemFault(error)}. Name a file or folder that is there; the data sets that certprune knows ` +
        'by name are told by certprune data list.',
    );
  }
  const form = ownForms.members().find(({ holds }) => holds(path));
  if (form) return form;
  throw new UserError(
    `${path}: no data is recognised there. Expected is one of: ` +
      `${ownForms
        .members()
        .map(({ title, sentence }) => `${title}: ${sentence}`)
        .join(' ')}`,
  );
}

/** @throws UserError naming an option that this form does not read */
function requireRead(form: OwnForm, options: OwnOptions, path: string): void {
  const stray = ownOptionNames.find(
    (name) => options[name] !== undefined && !Object.hasOwn(form.options, name),
  );
  if (stray === undefined) return;
  const readers = ownForms.members().filter((other) => Object.hasOwn(other.options, stray));
  throw new UserError(
    `${ownKey(stray)} (${ownFlag(stray)}) is for ${readers.map(({ title }) => title).join(', ')}, but ${path} is read as ${form.title}. Leave it out.`,
  );
}

function made(path: string, form: OwnForm, samples: OwnSamples, options: OwnOptions): OwnData {
  const { shape, parts, featureNames, files } = samples;
  const domain = domainOf(samples, options);
  const stated = 'train' in parts;
  for (const [key, value] of [
    ['test_share', options.testShare],
    ['split_seed', options.splitSeed],
  ] as const)
    if (stated && value !== undefined)
      throw new UserError(
        `${key}: ${path} states its test part itself, so that nothing is split. Leave it out.`,
      );
  const all: OwnPart[] = stated
    ? [parts.train, parts.test, ...(parts.validation ? [parts.validation] : [])]
    : [parts.all];
  for (const part of all) requireRange(part, shape, domain, featureNames);
  const { train, test } = stated
    ? parts
    : splitByShare(parts.all, options.testShare ?? defaultTestShare, options.splitSeed ?? 0);
  const classes = samples.classNames?.length ?? largest(all) + 1;
  const about = {
    name: path,
    shape,
    classes,
    classNames: [...(samples.classNames ?? Array.from({ length: classes }, (_, i) => String(i)))],
    domain: isPixelDomain(domain) ? undefined : domain,
    ...normalizationOf(samples, train, options),
  };
  const dataset = ({ values, labels }: OwnPart): Dataset => ({ ...about, images: values, labels });
  return {
    form,
    train: dataset(train),
    test: dataset(test),
    ...(stated && parts.validation && { validation: dataset(parts.validation) }),
    ...(!stated && { whole: dataset(parts.all), wholeName: parts.all.labelName }),
    testName: test.labelName,
    ...(samples.classNames && { classWords: samples.classNames }),
    ...(featureNames && { featureNames }),
    files,
  };
}

function largest(parts: readonly OwnPart[]): number {
  let most = 0;
  for (const { labels } of parts) for (const label of labels) if (label > most) most = label;
  return most;
}

/** @throws UserError where a list has neither one number nor one a channel or feature */
function requireLength(
  values: readonly number[] | undefined,
  [channels]: readonly number[],
  key: string,
): void {
  if (values && values.length !== 1 && values.length !== channels)
    throw new UserError(
      `${key}: ${values.length} numbers for ${channels} channels or features. Give one, or one for each.`,
    );
}

/** What inputs may be: the range given, else the form's own. @throws UserError where the options contradict themselves */
function domainOf({ shape, range, featureNames }: OwnSamples, options: OwnOptions): InputDomain {
  const { dataMin, dataMax, epsScale = [1], fixedFeatures = [], featureScale } = options;
  requireLength(dataMin, shape, 'data_min');
  requireLength(dataMax, shape, 'data_max');
  requireLength(epsScale, shape, 'eps_scale');
  if (epsScale.some((scale) => !(scale >= 0 && scale < Infinity)))
    throw new UserError(`eps_scale: ${epsScale.join(', ')}: expected numbers from 0 on.`);
  // Features that were scaled lie in 0..1, whatever they were before.
  const scaled = featureScale === 'minmax';
  const lower = scaled ? [0] : (dataMin ?? range.lower);
  const upper = scaled ? [1] : (dataMax ?? range.upper);
  if (dataMin && dataMax) {
    const at = (list: readonly number[], i: number): number => list[list.length === 1 ? 0 : i];
    const wrong = Array.from({ length: shape[0] }, (_, i) => i).find(
      (i) => !(at(dataMin, i) < at(dataMax, i)),
    );
    if (wrong !== undefined)
      throw new UserError(
        `data_min, data_max: ${at(dataMin, wrong)} to ${at(dataMax, wrong)} is no range. data_max must be the larger one.`,
      );
  }
  const fixed = fixedIn(fixedFeatures, shape[0], featureNames);
  const radii =
    fixed.size === 0
      ? epsScale
      : Array.from({ length: shape[0] }, (_, i) =>
          fixed.has(i) ? 0 : epsScale[epsScale.length === 1 ? 0 : i],
        );
  return { lower, upper, radii };
}

/** What was said, what the file says, or mean and deviation of the training part; one number a channel. */
function normalizationOf(
  { shape, normalization }: OwnSamples,
  train: OwnPart,
  { mean, std }: OwnOptions,
): Normalization {
  requireLength(mean ?? normalization?.mean, shape, 'mean');
  requireLength(std ?? normalization?.std, shape, 'std');
  const over = (list: readonly number[]): number[] =>
    Array.from({ length: shape[0] }, (_, c) => list[list.length === 1 ? 0 : c]);
  if (std?.some((value) => !(value > 0)))
    throw new UserError(`std: ${std.join(', ')}: deviations are above 0.`);
  if (mean ?? std) return { mean: over(mean ?? [0]), std: over(std ?? [1]) };
  if (normalization) return { mean: over(normalization.mean), std: over(normalization.std) };
  return measured(train, shape);
}

/** Six digits; a channel that never changes is divided by 1. */
function measured({ values }: OwnPart, shape: readonly number[]): Normalization {
  const [channels] = shape;
  const area = shape.slice(1).reduce((a, b) => a * b, 1);
  const scale = values instanceof Uint8Array ? 255 : 1;
  const count = Math.max(1, values.length / channels);
  const short = (value: number): number => Number(value.toPrecision(6));
  const means = new Float64Array(channels);
  const squares = new Float64Array(channels);
  for (let i = 0; i < values.length; i++) means[Math.floor(i / area) % channels] += values[i] / scale / count;
  for (let i = 0; i < values.length; i++) {
    const c = Math.floor(i / area) % channels;
    squares[c] += (values[i] / scale - means[c]) ** 2 / count;
  }
  return { mean: Array.from(means, short), std: Array.from(squares, (s) => short(Math.sqrt(s)) || 1) };
}
