/** @file Reads labelled pictures that lie in a folder a class. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { readBytes } from '../../formats/readFile.ts';
import { UserError } from '../../formats/userError.ts';
import { decodePicture, isOpaque, pictureEndings, planesOf, type Picture } from './pictures.ts';
import { resizePlanes } from './resize.ts';
import { filesBelow, namesIn } from './walk.ts';

/** How pictures are taken. */
export interface PictureChoices {
  /** Classes of another folder, to be numbered alike. */
  readonly classNames?: readonly string[] | undefined;
  /** [height, width] that every picture must have; absent: that of the first one. */
  readonly size?: readonly [number, number] | undefined;
  /** [height, width] that pictures are brought to. */
  readonly resize?: readonly [number, number] | undefined;
  /** Grey becomes colour, or colour grey; absent: as the first one is. */
  readonly channels?: 1 | 3 | undefined;
  /** What is not opaque counts as if it were. */
  readonly transparent?: boolean | undefined;
  /** Room for a number of pictures of so many bytes; default: a new array. */
  readonly room?: (count: number, bytes: number) => Uint8Array;
}

/** Pictures of class folders, in the order of their names. */
export interface ClassFolders {
  /** [count, channels, height, width]. */
  readonly images: Uint8Array;
  readonly labels: Int32Array;
  readonly classNames: string[];
  /** [channels, height, width]. */
  readonly shape: readonly [number, number, number];
  /** `cat/3.png`, of each picture. */
  readonly names: readonly string[];
  /** Over all names and bytes. */
  readonly sha256: string;
}

/**
 * Reads the pictures of every class folder and of folders in it, classes numbered in the order of their names.
 * @throws UserError naming the picture that cannot be read, has another size or is grey where others are in colour; or a
 * class without pictures
 */
export function readClassFolders(folder: string, choices: PictureChoices = {}): ClassFolders {
  const own = namesIn(folder).folders;
  const { classNames = own, transparent, room = (count, bytes) => new Uint8Array(count * bytes) } = choices;
  const unknown = own.find((name) => !classNames.includes(name));
  if (unknown !== undefined)
    throw new UserError(
      `${folder}: the class folder ${unknown} is not among those of the training images (${listed(classNames)}). Give both the same classes.`,
    );
  const pictures = listPictures(folder, classNames, own);
  if (pictures.length === 0)
    throw new UserError(
      `${folder}: its class folders hold no pictures. Put the pictures of each class into a folder of its name.`,
    );
  const hash = createHash('sha256');
  const pathOf = (name: string): string => join(folder, name);
  const take = pictureTaker(choices, pathOf);
  let images: Uint8Array | undefined;
  let shape: ClassFolders['shape'] | undefined;
  pictures.forEach(({ name }, i) => {
    const path = pathOf(name);
    const bytes = readBytes(path, 'picture');
    hash.update(`${name}\n`).update(bytes);
    const picture = decodePicture(bytes, path);
    if (!transparent && !isOpaque(picture))
      throw new UserError(`${path}: the picture is transparent in places. Lay it over a background first.`);
    const { planes, size, channels } = take(picture, name);
    shape ??= [channels, ...size];
    images ??= room(pictures.length, planes.length);
    images.set(planes, i * planes.length);
  });
  return {
    images: images!,
    labels: Int32Array.from(pictures, ({ label }) => label),
    classNames: [...classNames],
    shape: shape!,
    names: pictures.map(({ name }) => name),
    sha256: hash.digest('hex'),
  };
}

const listed = (names: readonly string[]): string =>
  names.length > 8 ? `${names.slice(0, 8).join(', ')}, …` : names.join(', ');

/** @throws UserError naming a class without pictures, or a file that is none */
function listPictures(
  folder: string,
  classNames: readonly string[],
  own: readonly string[],
): { readonly name: string; readonly label: number }[] {
  const byClass = classNames.map((name) => (own.includes(name) ? filesBelow(join(folder, name)) : []));
  const other = byClass.flatMap((files, label) => files.map((file) => `${classNames[label]}/${file}`));
  const wrong = other.find((name) => !pictureEndings.test(name));
  if (wrong !== undefined)
    throw new UserError(
      `${join(folder, wrong)}: only PNG, JPEG, WebP and BMP pictures are read. Convert it, e.g. with ImageMagick ` +
        '(mogrify -format png), or take it out of the folder.',
    );
  const empty = classNames.findIndex((name, label) => own.includes(name) && byClass[label].length === 0);
  if (empty >= 0 && other.length > 0)
    throw new UserError(
      `${join(folder, classNames[empty])}: the class has no pictures. Put some there, or remove the folder.`,
    );
  return byClass.flatMap((files, label) =>
    files.map((file) => ({ name: `${classNames[label]}/${file}`, label })),
  );
}

/** Brings pictures to one size and kind. */
function pictureTaker(choices: PictureChoices, pathOf: (name: string) => string) {
  const { resize } = choices;
  let { size, channels } = choices;
  let first: string | undefined;
  return (picture: Picture, name: string) => {
    const { width, height } = picture;
    const path = pathOf(name);
    if (!resize) {
      size ??= [height, width];
      if (height !== size[0] || width !== size[1])
        throw new UserError(
          `${path}: ${width}x${height} pixels where ${size[1]}x${size[0]} are wanted` +
            (first === undefined
              ? '.'
              : `, as ${first} has: all pictures must be of one size. Say which they are to be brought to ` +
                `(resize: [${size.join(', ')}] or --resize ${size.join(',')}), or take this one out.`),
        );
    }
    channels ??= picture.channels;
    if (choices.channels === undefined && picture.channels !== channels) {
      const [is, others] = picture.channels === 1 ? ['grey', 'in colour'] : ['in colour', 'grey'];
      throw new UserError(
        `${path}: the picture is ${is}, but ${first ?? 'the training images are'} ${first === undefined ? '' : 'is '}${others}. Say what all ` +
          'are to be: channels: 3 (--channels 3) for colour, channels: 1 for grey.',
      );
    }
    first ??= name;
    const planes = planesOf(picture, channels);
    return {
      planes: resize ? resizePlanes(planes, [height, width], resize) : planes,
      size: resize ?? size!,
      channels,
    };
  };
}
