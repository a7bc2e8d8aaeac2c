/** @file folders: pictures in a folder a class, perhaps below train, test and val. */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../../formats/userError.ts';
import { readClassFolders, type ClassFolders, type PictureChoices } from './classFolders.ts';
import type { OwnForm, OwnPart, OwnSamples } from './form.ts';
import { pictureOptions, type OwnOptions } from './options.ts';
import { partNamed, partsOf, type PartName } from './partNames.ts';
import { hasFolders, namesIn } from './walk.ts';

/** @throws UserError where the numbers are no size or no kind of picture */
function choicesOf({ resize, channels }: OwnOptions): PictureChoices {
  if (channels === 2) throw new UserError('channels: pictures have 1 (grey) or 3 (colour), not 2.');
  if (resize === undefined) return { channels: channels as 1 | 3 | undefined };
  const [height, width = height] = resize;
  if (
    resize.length > 2 ||
    ![height, width].every((side) => Number.isInteger(side) && side >= 1 && side <= 8192)
  )
    throw new UserError(
      `resize: ${resize.join(', ')} is no size of pictures: give height and width in pixels, or one number for both.`,
    );
  return { resize: [height, width], channels: channels as 1 | 3 | undefined };
}

/** Folders of parts by part; none where the folders are classes. A class may be called `train`: it holds no folders. */
function partFolders(root: string): Map<PartName, string> {
  const { folders } = namesIn(root);
  const found = new Map<PartName, string>();
  for (const name of folders) {
    const part = partNamed(name);
    if (!part || !hasFolders(join(root, name))) continue;
    if (found.has(part))
      throw new UserError(
        `${root}: both ${found.get(part)} and ${name} are its ${part} part. Keep one of them.`,
      );
    found.set(part, name);
  }
  if (found.size === 0) return found;
  const other = folders.find((name) => ![...found.values()].includes(name));
  if (other !== undefined)
    throw new UserError(
      `${root}: the folder ${other} stands beside ${[...found.values()].join(' and ')}, but is no part of the data. Move it elsewhere, ` +
        'or call it train, test or val.',
    );
  if (!found.has('train'))
    throw new UserError(
      `${root}: there is ${[...found.values()].join(' and ')}, but no folder train. Add it, or name the folder that holds the class folders.`,
    );
  return found;
}

function read(root: string, options: OwnOptions): OwnSamples {
  const choices = choicesOf(options);
  const folders = partFolders(root);
  const files: Record<string, string> = {};
  const partOf = (folder: string, { images, labels, names, sha256 }: ClassFolders, key: string): OwnPart => {
    files[key] = sha256;
    const name = (index: number): string => join(folder, names[index]);
    return { values: images, labels, name, labelName: name };
  };
  const trainFolder = join(root, folders.get('train') ?? '');
  const train = readClassFolders(trainFolder, choices);
  const [channels, height, width] = train.shape;
  const alike: PictureChoices = {
    ...choices,
    classNames: train.classNames,
    ...(!choices.resize && { size: [height, width] }),
  };
  const found: Partial<Record<PartName | 'all', OwnPart>> = {};
  found[folders.size > 0 ? 'train' : 'all'] = partOf(trainFolder, train, folders.get('train') ?? 'pictures');
  for (const part of ['test', 'validation'] as const) {
    const name = folders.get(part);
    if (name === undefined) continue;
    const folder = join(root, name);
    const own = readClassFolders(folder, alike);
    if (own.shape[0] !== channels)
      throw new UserError(
        `${join(folder, own.names[0])}: the picture is ${own.shape[0] === 1 ? 'grey' : 'in colour'}, the training images are ` +
          `${channels === 1 ? 'grey' : 'in colour'}. Say what all are to be: channels: 3 (--channels 3) for colour, channels: 1 for grey.`,
      );
    found[part] = partOf(folder, own, name);
  }
  return {
    shape: train.shape,
    parts: partsOf(found)!,
    classNames: train.classNames,
    range: { lower: [0], upper: [1] },
    files,
  };
}

/** Pictures in a folder a class. */
export const folders: OwnForm = {
  name: 'folders',
  title: 'class folders of pictures',
  sentence: 'PNG, JPEG, WebP or BMP pictures in a folder a class, perhaps below train, test and val.',
  options: pictureOptions,
  holds: (path) => statSync(path).isDirectory() && hasFolders(path),
  read,
};
