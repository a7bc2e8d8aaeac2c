/** @file Downscaled ImageNet of 64x64 pixels: up to 1,281,167 training and 50,000 validation images in a thousand classes. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { decodeNpz } from '../formats/npz.ts';
import { namingFile } from '../formats/readFile.ts';
import { UserError } from '../formats/userError.ts';
import { cropAndFlip } from './augment.ts';
import { readCifarPickle } from './cifarPickle.ts';
import { readClassFolders, type ClassFolders } from './own/classFolders.ts';
import { hasFolders } from './own/walk.ts';
import { joinedSamples, type DatasetSource, type Layout, type Samples } from './source.ts';

const shape: [number, number, number] = [3, 64, 64];
const pixels = shape[0] * shape[1] * shape[2];
const classes = 1000;
const batchNumbers = Array.from({ length: 10 }, (_, i) => i + 1);

const foldersOf = (directory: string): string[] => [
  join(directory, 'imagenet64'),
  join(directory, 'ImageNet64'),
  directory,
];

/** The official batches, with the ending of one of their two forms: as many training batches as lie there. */
function batches(
  directory: string,
  ending: string,
  read: (content: Uint8Array, path: string) => Samples,
): Layout {
  const name = (k: number): string => `train_data_batch_${k}${ending}`;
  const here = batchNumbers.filter((k) =>
    foldersOf(directory).some((folder) => existsSync(join(folder, name(k)))),
  );
  const train = here.length > 0 ? here : [1];
  return {
    files: [...train.map(name), `val_data${ending}`].map((file) => ({ names: [file] })),
    folders: foldersOf,
    read(contents, paths) {
      const parts = contents.map((content, i) => fromOne(read(content, paths[i]), paths[i]));
      return {
        train: joinedSamples(parts.slice(0, -1), (bytes) => imageBytes(bytes / pixels)),
        test: parts.at(-1)!,
      };
    },
  };
}

/** Official labels count from 1. */
function fromOne({ images, labels }: Samples, path: string): Samples {
  const wrong = labels.findIndex((label) => label < 1 || label > classes);
  if (wrong >= 0)
    throw new UserError(
      `${path}: image ${wrong} has the label ${labels[wrong]}; labels are 1 to ${classes}.`,
    );
  return { images, labels: Int32Array.from(labels, (label) => label - 1) };
}

/** Room for so many images. @throws UserError where this Node.js has no array as long */
function imageBytes(count: number): Uint8Array {
  try {
    return new Uint8Array(count * pixels);
  } catch {
    throw new UserError(
      `${count} images of 64x64 take ${((count * pixels) / 1e9).toFixed(1)} GB, more than this machine or version of ` +
        'Node.js can hold in one piece. Leave fewer training batches in the folder.',
    );
  }
}

/**
 * One official npz batch: `data` N rows of 12,288 bytes (red, green, blue planes) and `labels` 1..1000.
 * @returns labels as they stand in the file
 * @throws UserError naming what is wrong
 */
export function readNpzBatch(content: Uint8Array, path: string): Samples {
  const arrays = namingFile(path, () => decodeNpz(content, ['data', 'labels']));
  const data = arrays.get('data');
  const labels = arrays.get('labels');
  const count = labels?.data.length ?? -1;
  if (!(data?.data instanceof Uint8Array) || data.data.length !== count * pixels || !labels) {
    throw new UserError(
      `${path}: wants uint8 "data" of N rows of ${pixels} bytes and N "labels"; this is no batch of downscaled ImageNet 64x64.`,
    );
  }
  return { images: data.data, labels: Int32Array.from(labels.data, Number) };
}

const readPickledBatch = (content: Uint8Array, path: string): Samples =>
  readCifarPickle(content, path, 'labels', { pixels, most: classes });

/** Class folders below `train` and `val`. */
function imageFolders(root: string): Layout {
  return {
    files: [],
    folders: () => [root],
    read: () => {
      const choices = { size: [64, 64], channels: 3, transparent: true, room: imageBytes } as const;
      const train = readClassFolders(join(root, 'train'), choices);
      const test = readClassFolders(join(root, 'val'), { ...choices, classNames: train.classNames });
      if (train.classNames.length > classes)
        throw new UserError(
          `${join(root, 'train')}: ${train.classNames.length} class folders, at most ${classes} are wanted.`,
        );
      return {
        train: named(train),
        test: named(test),
        files: { train: train.sha256, val: test.sha256 },
      };
    },
  };
}

/** A name for every class of the network, also where there are fewer folders. */
function named({ images, labels, classNames }: ClassFolders): Samples {
  return { images, labels, classNames: [...classNames, ...numbered(classes).slice(classNames.length)] };
}

const numbered = (count: number): string[] => Array.from({ length: count }, (_, i) => `class ${i}`);

/**
 * Downscaled ImageNet. P. Chrabaszcz, I. Loshchilov, F. Hutter, arXiv 1707.08819, 2017. The validation images are what
 * runs are tested on. The official batches number the classes in an order of their own, class folders are numbered in
 * alphabetical order.
 */
export const imagenet64: DatasetSource = {
  name: 'imagenet64',
  title: 'ImageNet 64x64',
  sentence: 'ImageNet reduced to 64x64 pixels, a thousand classes (Chrabaszcz et al. 2017).',
  shape,
  classes,
  classNames: numbered(classes),
  trainCount: 1281167,
  testCount: 50000,
  partial: true,
  // auto_LiRPA's examples; the study does not use it.
  normalization: { mean: [0.4815, 0.4578, 0.4082], std: [0.2153, 0.2111, 0.2121] },
  augmentation: cropAndFlip,
  origin:
    'Its official source wants a login: on https://image-net.org/download-images, once you are granted access, take ' +
    '"Downsampled image data", 64x64, training and validation, npz or pickled batches. Place val_data.npz and any of ' +
    'train_data_batch_1.npz to train_data_batch_10.npz (1.6 GB of memory each) in the folder imagenet64 of the data directory; ' +
    'or class folders of 64x64 pictures (PNG, JPEG, WebP, BMP) in imagenet64/train and imagenet64/val.',
  layouts: [],
  layoutsIn(directory) {
    const trees = foldersOf(directory)
      .slice(0, 2)
      .filter((root) => hasFolders(join(root, 'train')) && hasFolders(join(root, 'val')));
    return [
      batches(directory, '.npz', readNpzBatch),
      batches(directory, '', readPickledBatch),
      ...trees.map(imageFolders),
    ];
  },
};
