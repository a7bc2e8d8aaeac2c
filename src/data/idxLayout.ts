/** @file The four idx files that MNIST and FashionMNIST share. */
import { join } from 'node:path';
import { parseIdx } from '../formats/idx.ts';
import { UserError } from '../formats/userError.ts';
import { downloadFile } from './download.ts';
import type { DataFile, DatasetSource, Layout, Samples } from './source.ts';

const parts = [
  { name: 'train-images-idx3-ubyte', bytes: 47040016 },
  { name: 'train-labels-idx1-ubyte', bytes: 60008 },
  { name: 't10k-images-idx3-ubyte', bytes: 7840016 },
  { name: 't10k-labels-idx1-ubyte', bytes: 10008 },
] as const;

/** Of the four files: train images, train labels, test images, test labels. */
export type IdxChecksums = [string, string, string, string];

/**
 * Downloads the gzip files, as the official sites offer them, into a folder of the data directory.
 * @param sums checksums of the gzip files
 */
export const idxFetch =
  (
    folder: string,
    mirrors: string[],
    algorithm: 'sha256' | 'md5',
    sums: IdxChecksums,
  ): NonNullable<DatasetSource['fetch']> =>
  async ({ dataDirectory, ...options }) => {
    for (const [i, { name }] of parts.entries()) {
      const file = `${name}.gz`;
      const urls = mirrors.map((mirror) => mirror + file);
      const path = join(dataDirectory, folder, 'raw', file);
      await downloadFile({ ...options, urls, path, [algorithm]: sums[i] });
    }
  };

/** The layout of four idx or idx.gz files in these folders. @param sha256 of the uncompressed files */
export function idxLayout(sha256: IdxChecksums, folders: Layout['folders']): Layout {
  const files: DataFile[] = parts.map(({ name, bytes }, i) => ({
    names: [name, `${name}.gz`],
    bytes,
    sha256: sha256[i],
  }));
  return {
    files,
    folders,
    read: (contents, paths) => ({
      train: samples(contents[0], contents[1], paths[0], paths[1]),
      test: samples(contents[2], contents[3], paths[2], paths[3]),
    }),
  };
}

function samples(
  imageBytes: Uint8Array,
  labelBytes: Uint8Array,
  imagePath: string,
  labelPath: string,
): Samples {
  return { images: bytesOfRank(imageBytes, imagePath, 3), labels: bytesOfRank(labelBytes, labelPath, 1) };
}

function bytesOfRank(bytes: Uint8Array, path: string, rank: number): Uint8Array {
  const { shape, data } = parseIdx(bytes, path);
  if (shape.length !== rank || !(data instanceof Uint8Array)) {
    throw new UserError(
      `${path}: wants unsigned bytes in ${rank} dimensions, holds ${data.constructor.name} of ${shape.join('x')}.`,
    );
  }
  return data;
}
