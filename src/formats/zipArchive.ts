/** @file Reads a zip archive held in memory. */
import { unzipSync } from 'fflate';
import { UserError } from './userError.ts';

/** Deflate cannot shrink data by more than this factor: a larger claim is damage, and would fill the memory. */
const maxRatio = 1032;

/** True where the bytes begin as a zip archive does. */
export function isZip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x50 && bytes[1] === 0x4b && (bytes[2] === 3 || bytes[2] === 5);
}

/**
 * The files of a zip archive by name.
 * @throws UserError where the archive is truncated or damaged.
 */
export function unzip(bytes: Uint8Array): ReadonlyMap<string, Uint8Array> {
  try {
    const files = unzipSync(bytes, {
      filter: ({ name, size, originalSize }) => {
        if (originalSize > size * maxRatio + maxRatio || size > bytes.length) {
          throw new RangeError(`the entry '${name}' claims an impossible size`);
        }
        return true;
      },
    });
    return new Map(Object.entries(files));
  } catch (error) {
    throw new UserError(`The zip archive is damaged or cut off (${(error as Error).message}).`);
  }
}
