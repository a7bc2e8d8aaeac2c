/** @file npz: a zip archive of npy files. */
import { zipSync, type Zippable } from 'fflate';
import { writeFileAtomic } from './atomicWrite.ts';
import type { NdArray } from './ndArray.ts';
import { decodeNpy, encodeNpy } from './npy.ts';
import { namingFile } from './readFile.ts';
import { UserError } from './userError.ts';
import { isZip, openZip } from './zipArchive.ts';

/**
 * The arrays of a .npz file by name (without `.npy`), in the file's order.
 * @param wanted names of the arrays to read, where not all are; the others are not even unpacked
 * @throws UserError naming the fault and the array.
 */
export function decodeNpz(bytes: Uint8Array, wanted?: readonly string[]): Map<string, NdArray> {
  if (!isZip(bytes)) throw new UserError('Not a readable npz file: it is no zip archive.');
  const archive = openZip(bytes);
  const arrays = new Map<string, NdArray>();
  for (const file of archive.names) {
    const name = file.replace(/\.npy$/, '');
    if (wanted && !wanted.includes(name)) continue;
    if (arrays.has(name)) throw new UserError(`Not a readable npz file: it has two arrays '${name}'.`);
    arrays.set(
      name,
      namingFile(`array '${file}'`, () => decodeNpy(archive.read(file)!)),
    );
  }
  return arrays;
}

/** The bytes of a .npz file, compressed. Equal arrays give equal bytes: no time of writing is kept. */
export function encodeNpz(arrays: Iterable<readonly [string, NdArray]>): Uint8Array {
  const files: Zippable = Object.create(null);
  for (const [name, array] of arrays) files[`${name}.npy`] = encodeNpy(array);
  // The zip format's first day.
  return zipSync(files, { mtime: new Date(1980, 0, 1), level: 6 });
}

/**
 * Writes a .npz file through a temporary name.
 * @throws UserError where the path cannot be written.
 */
export function writeNpz(path: string, arrays: Iterable<readonly [string, NdArray]>): void {
  writeFileAtomic(path, encodeNpz(arrays));
}
