/** @file The binary records of CIFAR-10 and CIFAR-100: label bytes, then 32x32 pixels, red, green, blue. */
import { UserError } from '../formats/userError.ts';
import { joinedSamples, type DataFile, type Layout, type Samples } from './source.ts';

/** Pixels of one image, [3, 32, 32]. */
export const cifarPixels = 3 * 32 * 32;

/**
 * Reads a file of records.
 * @param labelBytes bytes before the pixels; the last of them is the class (CIFAR-100 has the coarse one first)
 * @throws UserError where it does not hold whole records.
 */
export function readCifarRecords(content: Uint8Array, path: string, labelBytes: number): Samples {
  const recordSize = labelBytes + cifarPixels;
  const count = content.length / recordSize;
  if (!Number.isInteger(count)) {
    throw new UserError(
      `${path}: ${content.length} bytes are no whole number of records of ${recordSize} bytes. ` +
        'The file is truncated; fetch it again.',
    );
  }
  const images = new Uint8Array(count * cifarPixels);
  const labels = new Uint8Array(count);
  for (let n = 0; n < count; n++) {
    const pixels = n * recordSize + labelBytes;
    labels[n] = content[pixels - 1];
    images.set(content.subarray(pixels, pixels + cifarPixels), n * cifarPixels);
  }
  return { images, labels };
}

/** A layout of files of one kind: those of training images, and behind them one of test images. */
export const cifarLayout = (
  files: DataFile[],
  folders: Layout['folders'],
  read: (content: Uint8Array, path: string) => Samples,
): Layout => ({
  files,
  folders,
  read(contents, paths) {
    const parts = contents.map((content, i) => read(content, paths[i]));
    return { train: joinedSamples(parts.slice(0, -1)), test: parts.at(-1)! };
  },
});
