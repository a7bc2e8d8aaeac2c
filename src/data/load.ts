/** @file Finds a dataset's files, checks them and reads them into memory. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { gunzipIfNeeded } from '../formats/idx.ts';
import { readBytes } from '../formats/readFile.ts';
import { UserError } from '../formats/userError.ts';
import type { Dataset } from './dataset.ts';
import type { DataFile, DatasetSource, Layout, LoadedDataset, Samples } from './source.ts';

/** Where data lies. */
export interface DataOptions {
  /** Data directory; default `CERTPRUNE_DATA`, else `~/.cache/certprune`. */
  dataDirectory?: string | undefined;
}

/** The data directory: the option, else the variable `CERTPRUNE_DATA`, else `~/.cache/certprune`. */
export function dataDirectoryOf(options: DataOptions = {}): string {
  return options.dataDirectory || process.env['CERTPRUNE_DATA'] || join(homedir(), '.cache', 'certprune');
}

/** Where a layout's files were found; `paths[i]` is undefined where file i is missing. */
export interface Location {
  layout: Layout;
  paths: (string | undefined)[];
}

/** The first layout of which every file lies on this machine, else the one that misses fewest files. */
export function locate(source: DatasetSource, dataDirectory: string): Location {
  const layouts = source.layoutsIn?.(dataDirectory) ?? source.layouts;
  const locations = layouts.map((layout) => ({
    layout,
    paths: layout.files.map((file) => findFile(layout.folders(dataDirectory), file.names)),
  }));
  return locations.reduce((best, other) => (missing(other) < missing(best) ? other : best));
}

/** Whether nothing is missing. */
export function isComplete(location: Location): boolean {
  return missing(location) === 0;
}

/**
 * Loads a dataset from this machine (nothing is downloaded).
 * @throws UserError where a file is missing, truncated, changed or malformed, with what to do.
 */
export function loadFrom(source: DatasetSource, options: DataOptions = {}): LoadedDataset {
  const dataDirectory = dataDirectoryOf(options);
  let location = locate(source, dataDirectory);
  if (!isComplete(location) && source.prepare?.(dataDirectory)) location = locate(source, dataDirectory);
  const { layout, paths } = location;
  const files: Record<string, string> = {};
  const contents = layout.files.map((file, i) => {
    const path = paths[i];
    if (path === undefined) throw missingFile(source, location, dataDirectory);
    const content = gunzipIfNeeded(readBytes(path, `${source.title} file`), path);
    files[file.names[0]] = checkContent(content, file, path, source);
    return content;
  });
  const { train, test, files: others } = layout.read(contents, paths as string[]);
  const [folder] = layout.folders(dataDirectory);
  return {
    train: datasetOf(source, train, source.trainCount, paths[0] ?? folder),
    test: datasetOf(source, test, source.testCount, paths.at(-1) ?? folder),
    files: { ...files, ...others },
  };
}

function findFile(folders: string[], names: string[]): string | undefined {
  const candidates = folders.flatMap((folder) => names.map((name) => join(folder, name)));
  return candidates.find((path) => existsSync(path));
}

function missing(location: Location): number {
  return location.paths.filter((path) => path === undefined).length;
}

function missingFile(source: DatasetSource, { layout, paths }: Location, dataDirectory: string): UserError {
  const names = layout.files.filter((_, i) => paths[i] === undefined).map((file) => file.names[0]);
  return new UserError(
    `${source.title} is not on this machine: ${names.join(', ')} not found in ` +
      `${layout.folders(dataDirectory).join(', ')}. ${adviceFor(source)}`,
  );
}

function adviceFor(source: DatasetSource): string {
  const command = source.fetch ? `Run "certprune data get ${source.name}". ` : '';
  return `${command}${source.origin} Another data directory is named by CERTPRUNE_DATA.`;
}

/** SHA-256 of the content, after comparing it and the size with what the dataset publishes. */
function checkContent(content: Uint8Array, file: DataFile, path: string, source: DatasetSource): string {
  const fetchAgain = `Delete the file and fetch it again. ${adviceFor(source)}`;
  if (file.bytes !== undefined && content.length !== file.bytes) {
    const how = content.length < file.bytes ? 'truncated' : 'too long';
    throw new UserError(
      `${path}: ${how}: ${file.names[0]} of ${source.title} has ${file.bytes} bytes, ` +
        `this file ${content.length}. ${fetchAgain}`,
    );
  }
  const sha256 = digestOf('sha256', content);
  for (const algorithm of ['sha256', 'md5'] as const) {
    const published = file[algorithm];
    if (published === undefined) continue;
    const digest = algorithm === 'sha256' ? sha256 : digestOf(algorithm, content);
    if (digest !== published) {
      throw new UserError(
        `${path}: checksum mismatch: this is not the published ${file.names[0]} of ${source.title} ` +
          `(${algorithm} ${digest}, published ${published}). ${fetchAgain}`,
      );
    }
  }
  return sha256;
}

function digestOf(algorithm: 'sha256' | 'md5', content: Uint8Array): string {
  return createHash(algorithm).update(content).digest('hex');
}

function datasetOf(source: DatasetSource, samples: Samples, count: number, path: string): Dataset {
  const { name, title, shape, classes, classNames, normalization } = source;
  const size = shape[0] * shape[1] * shape[2];
  const { images, labels } = samples;
  const wanted = source.partial && labels.length > 0 && labels.length < count ? labels.length : count;
  if (labels.length !== wanted || images.length !== wanted * size) {
    throw new UserError(
      `${path}: ${labels.length} labels and ${images.length / size} images of ${shape.join('x')} where ` +
        `${title} has ${count}. Fetch the files again. ${adviceFor(source)}`,
    );
  }
  const wrong = labels.findIndex((label) => label < 0 || label >= classes);
  if (wrong >= 0) {
    throw new UserError(
      `${path}: image ${wrong} has the label ${labels[wrong]}, ${title} has classes 0..${classes - 1}. ` +
        `Fetch the files again. ${adviceFor(source)}`,
    );
  }
  return {
    name,
    images,
    labels,
    shape,
    classes,
    classNames: samples.classNames ?? classNames,
    ...normalization,
  };
}
