/** @file Reads labelled images that lie as PNG files in a folder a class. */
import { createHash } from 'node:crypto';
import { readdirSync, realpathSync, statSync, type Dirent } from 'node:fs';
import { join, sep } from 'node:path';
import { decodePng, type PngImage } from '../formats/png.ts';
import { readBytes } from '../formats/readFile.ts';
import { UserError } from '../formats/userError.ts';
import type { Samples } from './source.ts';

/**
 * Names in an order that depends on no machine's language; symbolic links count as what they point at.
 * @throws UserError where a link points nowhere, or in a circle
 */
function sortedNames(folder: string, kind: 'file' | 'folder'): string[] {
  let entries: Dirent[];
  try {
    entries = readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
  return entries
    .filter((entry) => !entry.name.startsWith('.') && isFolder(folder, entry) === (kind === 'folder'))
    .map((entry) => entry.name)
    .sort();
}

function isFolder(folder: string, entry: Dirent): boolean {
  if (!entry.isSymbolicLink()) return entry.isDirectory();
  const path = join(folder, entry.name);
  try {
    if (!statSync(path).isDirectory()) return false;
    const [way, here] = [realpathSync(path), realpathSync(folder)];
    if (here === way || here.startsWith(way.endsWith(sep) ? way : way + sep)) throw new Error('ELOOP');
    return true;
  } catch (error) {
    const circle = /ELOOP/.test((error as Error).message);
    throw new UserError(
      `${path} is a symbolic link ${circle ? 'that leads back to a folder above it' : 'to something that is not there'}. ` +
        'Remove it, or let it point at the pictures of a class.',
    );
  }
}

/** Whether a folder holds folders. */
export function hasClassFolders(folder: string): boolean {
  try {
    return sortedNames(folder, 'folder').length > 0;
  } catch {
    // A link that leads nowhere is told of when the pictures are read.
    return true;
  }
}

/**
 * Reads the PNG pictures of every class folder, classes numbered in the order of their names.
 * @param shape [3, height, width] that every picture must have; grey ones are spread over the three channels, and
 * transparency is left out
 * @param imageBytes room for a number of images
 * @param classNames the classes of another folder, to be numbered alike
 * @returns samples, names of the classes, and the SHA-256 over all names and bytes
 * @throws UserError naming the picture that cannot be read, has another size or is in another format
 */
export function readImageFolder(
  folder: string,
  shape: readonly [number, number, number],
  imageBytes: (count: number) => Uint8Array,
  classNames = sortedNames(folder, 'folder'),
): Samples & { classNames: string[]; sha256: string } {
  const unknown = sortedNames(folder, 'folder').filter((name) => !classNames.includes(name));
  if (unknown.length > 0)
    throw new UserError(
      `${folder}: the class folder ${unknown[0]} is not among those of the training images.`,
    );
  const pictures = classNames.flatMap((name, label) =>
    sortedNames(join(folder, name), 'file').map((file) => ({
      path: join(folder, name, file),
      name: `${name}/${file}`,
      label,
    })),
  );
  if (pictures.length === 0) throw new UserError(`${folder}: its class folders hold no pictures.`);
  const other = pictures.find(({ path }) => !path.toLowerCase().endsWith('.png'));
  if (other) {
    throw new UserError(
      `${other.path}: only PNG pictures are read. Convert others first, e.g. with ImageMagick: mogrify -format png *.JPEG`,
    );
  }
  const size = shape[0] * shape[1] * shape[2];
  const images = imageBytes(pictures.length);
  const hash = createHash('sha256');
  pictures.forEach(({ path, name }, i) => {
    const bytes = readBytes(path, 'picture');
    hash.update(`${name}\n`).update(bytes);
    placePlanes(
      decodePng(bytes, path, { width: shape[2], height: shape[1] }),
      shape,
      images.subarray(i * size, (i + 1) * size),
    );
  });
  return {
    images,
    labels: Int32Array.from(pictures, ({ label }) => label),
    classNames,
    sha256: hash.digest('hex'),
  };
}

/** Interleaved pixels → planes. */
function placePlanes(picture: PngImage, shape: readonly [number, number, number], out: Uint8Array): void {
  const { width, height, channels, data } = picture;
  const [planes] = shape;
  const area = width * height;
  for (let plane = 0; plane < planes; plane++) {
    const channel = channels >= 3 ? plane : 0;
    for (let i = 0; i < area; i++) out[plane * area + i] = data[i * channels + channel];
  }
}
