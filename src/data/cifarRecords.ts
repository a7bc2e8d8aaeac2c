/** @file The binary records of CIFAR-10 and CIFAR-100: label bytes, then 32x32 pixels, red, green, blue. */
import { UserError } from '../formats/userError.ts';
import type { Samples } from './source.ts';

/** Pixels of one image, [3, 32, 32]. */
export const cifarPixels = 3 * 32 * 32;

/**
 * Reads files of records one after the other.
 * @param labelBytes bytes before the pixels; the last of them is the class (CIFAR-100 has the coarse one first)
 * @throws UserError where a file does not hold whole records.
 */
export function readCifarRecords(contents: Uint8Array[], paths: string[], labelBytes: number): Samples {
  const recordSize = labelBytes + cifarPixels;
  contents.forEach((content, i) => {
    if (content.length % recordSize !== 0) {
      throw new UserError(
        `${paths[i]}: ${content.length} bytes are no whole number of records of ${recordSize} bytes. ` +
          'The file is truncated; fetch it again.',
      );
    }
  });
  const count = contents.reduce((sum, content) => sum + content.length / recordSize, 0);
  const images = new Uint8Array(count * cifarPixels);
  const labels = new Uint8Array(count);
  let n = 0;
  for (const content of contents) {
    for (let at = 0; at < content.length; at += recordSize) {
      labels[n] = content[at + labelBytes - 1];
      images.set(content.subarray(at + labelBytes, at + recordSize), n * cifarPixels);
      n++;
    }
  }
  return { images, labels };
}
