/** @file SVHN, cropped house-number digits: 73,257 training and 26,032 test images of 3x32x32. */
import { join } from 'node:path';
import { readMat } from '../formats/mat.ts';
import { UserError } from '../formats/userError.ts';
import { downloadFile } from './download.ts';
import { identityNormalization } from './normalization.ts';
import type { DataFile, DatasetSource, Samples } from './source.ts';

const site = 'http://ufldl.stanford.edu/housenumbers/';
const files: DataFile[] = [
  { names: ['train_32x32.mat'], md5: 'e26dedcc434d2e4c54c9b2d4a06d8373' },
  { names: ['test_32x32.mat'], md5: 'eb5a983be6a315427106f1b164d9cef3' },
];

/** SVHN, format 2 (cropped digits), without the extra set. Y. Netzer et al., NIPS workshop 2011. */
export const svhn: DatasetSource = {
  name: 'svhn',
  title: 'SVHN',
  sentence: 'Digits of house numbers, 32x32 in colour (Netzer et al. 2011).',
  shape: [3, 32, 32],
  classes: 10,
  classNames: [...'0123456789'],
  trainCount: 73257,
  testCount: 26032,
  // The study takes the pixels as they are.
  normalization: identityNormalization(3),
  augmentation: { cropPadding: 4, horizontalFlip: false },
  // Of its own pixels.
  earlier: { normalization: { mean: [0.4377, 0.4438, 0.4728], std: [0.198, 0.201, 0.197] } },
  origin: 'Or place train_32x32.mat and test_32x32.mat in the folder svhn of the data directory.',
  layouts: [
    {
      files,
      folders: (directory) => [join(directory, 'svhn'), join(directory, 'SVHN'), directory],
      read: ([train, test], paths) => ({
        train: readSvhn(train, paths[0]),
        test: readSvhn(test, paths[1]),
      }),
    },
  ],
  async fetch({ dataDirectory, ...options }) {
    for (const { names, md5 } of files) {
      const path = join(dataDirectory, 'svhn', names[0]);
      await downloadFile({ ...options, urls: [site + names[0]], path, md5 });
    }
  },
};

/**
 * Images X (32x32x3xN, MATLAB's order: the row varies fastest) and labels y (1..10, where 10 is the digit 0).
 * @throws UserError where the file holds anything else.
 */
export function readSvhn(bytes: Uint8Array, path: string): Samples {
  const { X, y } = readMat(bytes, path);
  const [height, width, channels, count] = X?.shape ?? [];
  const fits = height === 32 && width === 32 && channels === 3 && y?.data.length === count;
  if (!fits || !(X.data instanceof Uint8Array)) {
    throw new UserError(
      `${path}: wants bytes X of 32x32x3xN and N labels y; this is no file of SVHN's format 2.`,
    );
  }
  const images = new Uint8Array(X.data.length);
  let to = 0;
  for (let plane = 0; plane < channels * count; plane++) {
    for (let row = 0; row < height; row++) {
      for (let column = 0; column < width; column++) {
        images[to++] = X.data[row + height * (column + width * plane)];
      }
    }
  }
  return { images, labels: Uint8Array.from(y.data, (label) => label % 10) };
}
