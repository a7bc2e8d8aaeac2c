/** @file The data sets. */
import { family } from '../family/family.ts';
import { UserError } from '../formats/userError.ts';
import { cifar10 } from './cifar10.ts';
import { cifar100 } from './cifar100.ts';
import { fashionMnist } from './fashionMnist.ts';
import { imagenet64 } from './imagenet64.ts';
import { loadFrom } from './load.ts';
import type { DataOptions } from './load.ts';
import { mnist } from './mnist.ts';
import { isOwnPath } from './own/path.ts';
import type { DatasetSource, LoadedDataset } from './source.ts';
import { svhn } from './svhn.ts';

export const datasets = family<DatasetSource>({ kind: 'data set', plural: 'data sets', key: 'dataset' }, [
  mnist,
  fashionMnist,
  cifar10,
  cifar100,
  svhn,
  imagenet64,
]);

/**
 * The source of a name; upper case, `-`, `_` and spaces do not matter (`FashionMNIST`, `fashion_mnist`).
 * @throws UserError that lists the names.
 */
export function findDataset(name: string): DatasetSource {
  if (isOwnPath(name))
    throw new UserError(
      `${name} is a path, and no data set that certprune knows by name. What lies there is told by: certprune data list ${name}`,
    );
  const plain = (text: string) => text.toLowerCase().replaceAll(/[-_ ]/g, '');
  return datasets.members().find((source) => plain(source.name) === plain(name)) ?? datasets.named(name);
}

/**
 * Loads a dataset from this machine: all training images, the test images, and the files' checksums.
 * @throws UserError where the name is unknown or files are missing or damaged.
 */
export function loadDataset(name: string, options: DataOptions = {}): LoadedDataset {
  return loadFrom(findDataset(name), options);
}
