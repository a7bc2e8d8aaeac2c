/** @file The table of datasets: name → source; adding one is one file and one line here. */
import { UserError } from '../formats/userError.ts';
import { cifar10 } from './cifar10.ts';
import { cifar100 } from './cifar100.ts';
import { splitTrainValidation } from './dataset.ts';
import type { DatasetSplits } from './dataset.ts';
import { fashionMnist } from './fashionMnist.ts';
import { imagenet64 } from './imagenet64.ts';
import { loadFrom } from './load.ts';
import type { DataOptions } from './load.ts';
import { mnist } from './mnist.ts';
import type { Rng } from './rng.ts';
import type { DatasetSource, LoadedDataset } from './source.ts';
import { svhn } from './svhn.ts';

/** Every dataset by name. */
export const datasets = {
  mnist,
  fashionMnist,
  cifar10,
  cifar100,
  svhn,
  imagenet64,
} satisfies Record<string, DatasetSource>;

/** A name in the table of datasets. */
export type DatasetName = keyof typeof datasets;

/**
 * The source of a name; upper case, `-`, `_` and spaces do not matter (`FashionMNIST`, `fashion_mnist`).
 * @throws UserError that lists the names.
 */
export function findDataset(name: string): DatasetSource {
  const plain = (text: string) => text.toLowerCase().replaceAll(/[-_ ]/g, '');
  const found = Object.values(datasets).find((source) => plain(source.name) === plain(name));
  if (!found) {
    throw new UserError(`There is no dataset "${name}". Datasets: ${Object.keys(datasets).join(', ')}.`);
  }
  return found;
}

/**
 * Loads a dataset from this machine: all training images, the test images, and the files' checksums.
 * @throws UserError where the name is unknown or files are missing or damaged.
 */
export function loadDataset(name: string, options: DataOptions = {}): LoadedDataset {
  return loadFrom(findDataset(name), options);
}

/** What {@link loadSplits} wants. */
export interface SplitOptions extends DataOptions {
  /** Images held out of the training images (see defaultValidationSize). */
  validationSize: number;
  /** Draws the validation images. */
  rng: Rng;
}

/**
 * Loads a dataset and splits the validation images off its training images.
 * @returns the three parts, and `files`: SHA-256 by file name
 * @throws UserError as {@link loadDataset}, or where the validation size does not fit.
 */
export function loadSplits(
  name: string,
  options: SplitOptions,
): DatasetSplits & { files: Record<string, string> } {
  const { train, test, files } = loadDataset(name, options);
  return { ...splitTrainValidation(train, options.validationSize, options.rng), test, files };
}
