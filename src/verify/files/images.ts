/** @file Labelled images to ask about: a data set by name, or data of one's own. */
import { loadDataset } from '../../data/datasets.ts';
import { imageCount, pixelsOf, type Dataset } from '../../data/dataset.ts';
import type { InputDomain } from '../../data/domain.ts';
import { ownFlag, ownOptionNames, type OwnOptions } from '../../data/own/options.ts';
import { openOwn } from '../../data/own/ownData.ts';
import { isOwnPath, ownPath } from '../../data/own/path.ts';
import { readNpy } from '../../formats/npy.ts';
import { UserError } from '../../formats/userError.ts';

/** Images with raw pixels 0..1, or values of their domain, and their labels. */
export interface LabelledImages {
  readonly count: number;
  /** [C,H,W], or [n]. */
  readonly shape: readonly number[];
  /** Absent: raw pixels 0..1 that all move by the radius. */
  readonly domain?: InputDomain | undefined;
  readonly pixels: (index: number) => Float32Array;
  readonly label: (index: number) => number;
  /** An image in messages: `labels.npy, image 3`. */
  readonly name: (index: number) => string;
  /** What labels stand for, where they were words: names of folders, cells of a table. */
  readonly classNames?: readonly string[] | undefined;
  /** SHA-256 of what data of one's own was read from, by name. */
  readonly files?: Readonly<Record<string, string>>;
}

/**
 * @param source name of a data set (its test images), or path of data of one's own: its test part, but of a .npy file all
 *   images, unless a test part is asked for
 * @param options of data of one's own
 * @throws UserError where something is missing or does not fit, naming file, image and value
 */
export function openImages(source: string, options: OwnOptions = {}): LabelledImages {
  if (isOwnPath(source)) {
    const { test, testName, whole, wholeName, files, classWords } = openOwn(ownPath(source), options);
    const takesAll = source.toLowerCase().endsWith('.npy') && options.testShare === undefined && whole;
    const more = { files, classNames: classWords };
    return takesAll ? { ...imagesOf(whole, wholeName!), ...more } : { ...imagesOf(test, testName), ...more };
  }
  if (options.labels !== undefined)
    throw new UserError(`--labels goes with a .npy file of images; the data set ${source} has its own.`);
  const [stray] = ownOptionNames.filter((name) => options[name] !== undefined);
  if (stray !== undefined)
    throw new UserError(
      `${ownFlag(stray)} is for data of your own, but ${source} is a known data set. Leave it out, or name a path.`,
    );
  return imagesOf(loadDataset(source).test, (index) => `${source}, image ${index}`);
}

const imagesOf = (data: Dataset, name: LabelledImages['name']): LabelledImages => ({
  count: imageCount(data),
  shape: data.shape,
  domain: data.domain,
  pixels: (index) => pixelsOf(data, index),
  label: (index) => data.labels[index],
  name,
});

/** One radius for each of `count` images. @throws UserError naming file, image and value */
export function openRadii(path: string, count: number): (index: number) => number {
  const { data } = readNpy(path);
  if (data.length !== count)
    throw new UserError(`${path}: it holds ${data.length} radii for ${count} images.`);
  const radii = Float64Array.from(data as ArrayLike<number | bigint>, Number);
  const bad = radii.findIndex((radius) => !(radius >= 0 && radius < Infinity));
  if (bad >= 0)
    throw new UserError(`${path}: the radius of image ${bad} is ${radii[bad]}; expected a number from 0 on.`);
  return (index) => radii[index];
}
