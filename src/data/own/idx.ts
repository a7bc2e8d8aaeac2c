/** @file idx: images and labels in MNIST's format, plain or gzip-compressed. */
import { createHash } from 'node:crypto';
import { existsSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { gunzipIfNeeded, parseIdx } from '../../formats/idx.ts';
import { readBytes } from '../../formats/readFile.ts';
import { UserError } from '../../formats/userError.ts';
import { arrayPart, sameShape, type FileArray, type ShapedPart } from './arrayPart.ts';
import type { OwnForm, OwnSamples } from './form.ts';
import { arrayOptions, type OwnOptions } from './options.ts';
import { byPart, partsOf, type PartName } from './partNames.ts';
import { namesIn } from './walk.ts';

const isIdx = (name: string): boolean => /(idx|ubyte)(\.gz)?$/i.test(name);

function labelsBeside(path: string): string {
  const guess = join(
    dirname(path),
    basename(path)
      .replace(/images?/i, 'labels')
      .replace(/idx\d/i, 'idx1'),
  );
  const plain = guess.replace(/\.gz$/, '');
  const there = [guess, plain, `${plain}.gz`].find((name) => name !== path && existsSync(name));
  if (there !== undefined) return there;
  throw new UserError(
    `There are no labels beside ${path} (${basename(guess)}). Name their file with --labels (labels: FILE).`,
  );
}

function filesAt(path: string, { labels }: OwnOptions): readonly string[] {
  if (statSync(path).isDirectory())
    return namesIn(path)
      .files.filter(isIdx)
      .map((name) => join(path, name));
  return [path, labels ?? labelsBeside(path)];
}

function read(path: string, options: OwnOptions): OwnSamples {
  const files: Record<string, string> = {};
  const asTheyAre = options.dataMin !== undefined || options.dataMax !== undefined;
  const isFolder = statSync(path).isDirectory();
  // Files that are named themselves are images and their labels, whatever they are called.
  const members = filesAt(path, options).map((file, i): readonly [string, string] => [
    isFolder ? basename(file) : ['images', 'labels'][i],
    file,
  ]);
  const arrayOf = (file: string): FileArray => {
    const bytes = gunzipIfNeeded(readBytes(file, 'idx file'), file);
    files[basename(file)] = createHash('sha256').update(bytes).digest('hex');
    const { shape, data } = parseIdx(bytes, file);
    return {
      path: file,
      shape,
      data,
      whole: !(data instanceof Float32Array || data instanceof Float64Array),
    };
  };
  const parts: Partial<Record<PartName | 'all', ShapedPart>> = {};
  for (const [part, { x, y }] of byPart(members)) {
    if (!x || !y)
      throw new UserError(
        `${(x ?? y)![1]}: there ${x ? 'are no labels for it' : 'are no images for these labels'}. Expected are pairs such as ` +
          'train-images-idx3-ubyte and train-labels-idx1-ubyte.',
      );
    parts[part] = arrayPart(arrayOf(x[1]), arrayOf(y[1]), asTheyAre);
  }
  const split = partsOf(parts);
  if (!split)
    throw new UserError(
      `${path}: no images with labels are there. Expected are pairs such as train-images-idx3-ubyte and train-labels-idx1-ubyte.`,
    );
  return { shape: sameShape(Object.values(split)), parts: split, range: { lower: [0], upper: [1] }, files };
}

/** Images and labels in MNIST's format. */
export const idx: OwnForm = {
  name: 'idx',
  title: 'idx files',
  sentence: 'MNIST’s format, plain or .gz: train-images-idx3-ubyte, train-labels-idx1-ubyte and so on.',
  options: arrayOptions,
  holds: (path) => (statSync(path).isDirectory() ? namesIn(path).files.some(isIdx) : isIdx(path)),
  read,
};
