/** @file What is told of data of one's own: classes, counts, sizes, ranges, split. */
import { imageSize, type Dataset } from '../dataset.ts';
import { rangeText, valueAt, type InputDomain } from '../domain.ts';
import type { Normalization } from '../normalization.ts';
import type { OwnOptions } from './options.ts';
import { defaultTestShare, openOwn } from './ownData.ts';

/** Least and largest value found, what is valid, and the radius where ε is 1; of a feature or a channel. */
export interface ValueRange {
  readonly name: string;
  readonly least: number;
  readonly largest: number;
  readonly valid: string;
  readonly radius: number;
}

/** A summary as plain data. */
export interface OwnDescription extends Normalization {
  readonly path: string;
  readonly form: string;
  readonly title: string;
  /** [C,H,W] or [n]. */
  readonly shape: readonly number[];
  /** Samples of each class in each part. */
  readonly classes: readonly {
    readonly name: string;
    readonly train: number;
    readonly validation?: number;
    readonly test: number;
  }[];
  /** How the test part came about, in words. */
  readonly split: string;
  readonly values: readonly ValueRange[];
  readonly domain?: InputDomain | undefined;
  readonly files: Readonly<Record<string, string>>;
}

function countsOf({ labels, classes }: Dataset): number[] {
  const counts = new Array<number>(classes).fill(0);
  for (const label of labels) counts[label]++;
  return counts;
}

const channelNames = (channels: number): string[] =>
  channels === 1
    ? ['grey']
    : channels === 3
      ? ['red', 'green', 'blue']
      : Array.from({ length: channels }, (_, c) => `channel ${c}`);

/** @throws UserError as `openOwn` */
export function describeOwn(path: string, options: OwnOptions = {}): OwnDescription {
  const { form, train, test, validation, whole, featureNames, files } = openOwn(path, options);
  const { shape, classNames, domain, mean, std } = train;
  const parts = [train, test, ...(validation ? [validation] : [])];
  const [trainCounts, testCounts, validationCounts] = parts.map(countsOf);
  const { testShare = defaultTestShare, splitSeed = 0 } = options;
  const names = featureNames ?? (shape.length === 3 ? channelNames(shape[0]) : ['values']);
  const groups = names.length;
  const values = names.map((name, group): ValueRange => {
    const [least, largest] = extent(parts, group, groups);
    const at = (list: readonly number[] | undefined, none: number): number =>
      list ? valueAt(list, group, groups) : none;
    return {
      name,
      least,
      largest,
      valid: domain ? rangeText(at(domain.lower, -Infinity), at(domain.upper, Infinity)) : '0..1',
      radius: at(domain?.radii, 1),
    };
  });
  return {
    path,
    form: form.name,
    title: form.title,
    shape,
    classes: classNames.map((name, i) => ({
      name,
      train: trainCounts[i],
      ...(validation && { validation: validationCounts[i] }),
      test: testCounts[i],
    })),
    split: whole
      ? `a share of ${testShare} of each class, drawn by the seed ${splitSeed}`
      : 'as the files state it',
    values,
    mean,
    std,
    domain,
    files,
  };
}

/** Least and largest value of a channel or feature over all parts. */
function extent(parts: readonly Dataset[], group: number, groups: number): [number, number] {
  let [least, largest] = [Infinity, -Infinity];
  for (const part of parts) {
    const { images } = part;
    const size = imageSize(part);
    const length = size / groups;
    const scale = images instanceof Uint8Array ? 255 : 1;
    for (let from = group * length; from < images.length; from += size)
      for (let i = from; i < from + length; i++) {
        const value = images[i] / scale;
        if (value < least) least = value;
        if (value > largest) largest = value;
      }
  }
  return [least, largest];
}
