/** @file arrays: inputs and labels in .npy files or in one .npz. */
import { createHash } from 'node:crypto';
import { existsSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { toFloat64, type NdArray } from '../../formats/ndArray.ts';
import { decodeNpy } from '../../formats/npy.ts';
import { decodeNpz } from '../../formats/npz.ts';
import { namingFile, readBytes } from '../../formats/readFile.ts';
import { UserError } from '../../formats/userError.ts';
import { arrayPart, sameShape, type FileArray, type ShapedPart } from './arrayPart.ts';
import type { OwnForm, OwnSamples } from './form.ts';
import { arrayOptions, type OwnOptions } from './options.ts';
import { byPart, partsOf, saidBy, type PartName } from './partNames.ts';
import { namesIn } from './walk.ts';

interface Named {
  readonly path: string;
  readonly array: NdArray;
}
type Found = Map<string, Named>;

const fileArray = ({ path, array: { shape, data, dtype } }: Named): FileArray => ({
  path,
  shape,
  data,
  whole: !dtype.startsWith('float') && dtype !== 'bool',
});

/** The labels' file beside one of images: `x` in its name replaced by `y`. @throws UserError where there is none */
function labelsBeside(path: string): string {
  const guess = path.replace(/x(?=\.npy$)|(?<=[/_])x(?=[_.][^/]*$)|images(?=[^/]*$)/i, (found) =>
    found === 'x' ? 'y' : found === 'X' ? 'Y' : 'labels',
  );
  const other = path.replace(/(?<=[/_])X(?=[_.][^/]*$)/, 'y');
  const there = [guess, other].find((name) => name !== path && existsSync(name));
  if (there !== undefined) return there;
  throw new UserError(`There are no labels beside ${path}. Name their file with --labels (labels: FILE).`);
}

/** The arrays that a path names, by names that say what they are; and sums of the files they came from. */
function arraysAt(path: string, { labels }: OwnOptions): { found: Found; files: Record<string, string> } {
  const found: Found = new Map();
  const files: Record<string, string> = {};
  const take = (file: string, key = basename(file, '.npy')): void => {
    const bytes = readBytes(file, 'array');
    files[basename(file)] = createHash('sha256').update(bytes).digest('hex');
    found.set(key, { path: file, array: namingFile(file, () => decodeNpy(bytes)) });
  };
  if (path.toLowerCase().endsWith('.npz')) {
    const bytes = readBytes(path, 'arrays');
    files[basename(path)] = createHash('sha256').update(bytes).digest('hex');
    for (const [name, array] of namingFile(path, () => decodeNpz(bytes)))
      found.set(name, { path: `${path}, array ${name}`, array });
  } else if (statSync(path).isDirectory()) {
    for (const name of namesIn(path).files)
      if (name.endsWith('.npy') && saidBy(name.slice(0, -4)).role) take(join(path, name));
  } else {
    take(path, 'x');
    take(labels ?? labelsBeside(path), 'y');
  }
  return { found, files };
}

function read(path: string, options: OwnOptions): OwnSamples {
  const { found, files } = arraysAt(path, options);
  const asTheyAre = options.dataMin !== undefined || options.dataMax !== undefined;
  const groups = byPart(found);
  const parts: Partial<Record<PartName | 'all', ShapedPart>> = {};
  for (const [part, { x, y }] of groups) {
    if (!x && !y) continue;
    if (!x || !y)
      throw new UserError(
        `${(x ?? y)![1].path}: there ${x ? 'are no labels for it' : 'are no inputs for these labels'}. Expected are pairs such as ` +
          `x and y, or x_train, y_train, x_test, y_test; there are ${[...found.keys()].join(', ')}.`,
      );
    parts[part] = arrayPart(fileArray(x[1]), fileArray(y[1]), asTheyAre);
  }
  const split = partsOf(parts);
  if (!split)
    throw new UserError(
      `${path}: no inputs with labels are among its arrays (${[...found.keys()].join(', ') || 'none'}). Name them x and y, or ` +
        'x_train, y_train, x_test, y_test.',
    );
  const of = groups.get('all') ?? {};
  const normalization =
    of.mean && of.std
      ? { mean: [...toFloat64(of.mean[1].array.data)], std: [...toFloat64(of.std[1].array.data)] }
      : undefined;
  return {
    shape: sameShape(Object.values(split)),
    parts: split,
    range: { lower: [0], upper: [1] },
    ...(normalization && { normalization }),
    files,
  };
}

/** Inputs and labels in .npy files or in one .npz. */
export const arrays: OwnForm = {
  name: 'arrays',
  title: 'arrays (.npy, .npz)',
  sentence: 'x.npy with y.npy, x_train.npy and so on, or a .npz of such arrays: floats 0..1, or bytes.',
  options: arrayOptions,
  holds: (path) =>
    statSync(path).isDirectory()
      ? namesIn(path).files.some((name) => name.endsWith('.npy') && saidBy(name.slice(0, -4)).role === 'x')
      : /\.np[yz]$/i.test(path),
  read,
};
