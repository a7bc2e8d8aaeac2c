/** @file What `certprune data list | get | check` shows and does, as plain records. */
import { statSync } from 'node:fs';
import { dirname } from 'node:path';
import { UserError } from '../formats/userError.ts';
import { datasets, findDataset } from './datasets.ts';
import type { FetchOptions } from './download.ts';
import { dataDirectoryOf, isComplete, loadFrom, locate } from './load.ts';
import type { DataOptions } from './load.ts';
import type { Normalization } from './normalization.ts';
import type { DatasetSource } from './source.ts';

/** What is told of a dataset in the list, of its source. */
const told = ['name', 'title', 'shape', 'classes', 'trainCount', 'testCount', 'origin'] as const;

/** A dataset in the list. */
export interface DatasetEntry extends Pick<DatasetSource, (typeof told)[number]>, Normalization {
  /** Whether every file lies on this machine (its content is not looked at; see {@link checkDataset}). */
  present: boolean;
  /** Folders of the files found. */
  folders: string[];
  /** Whether {@link getDataset} can download it. */
  downloadable: boolean;
}

/** What a check found. */
export interface DatasetCheck {
  name: string;
  ok: boolean;
  /** What is wrong and what to do, where `ok` is false. */
  problem?: string;
  /** Each file with its size on disk and the SHA-256 of its content (gzip undone). Empty where `ok` is false. */
  files: { name: string; path: string; bytes: number; sha256: string }[];
}

/** All datasets, and whether they lie on this machine. */
export function listDatasets(options: DataOptions = {}): DatasetEntry[] {
  return datasets.members().map((source) => entryOf(source, options));
}

/**
 * Reads the whole dataset and compares sizes, checksums, counts and labels with what is published.
 * @throws UserError where there is no dataset of this name; a faulty dataset is a result, not an error.
 */
export function checkDataset(name: string, options: DataOptions = {}): DatasetCheck {
  const source = findDataset(name);
  try {
    const { files } = loadFrom(source, options);
    const { layout, paths } = locate(source, dataDirectoryOf(options));
    return {
      name: source.name,
      ok: true,
      files: layout.files.map((file, i) => ({
        name: file.names[0],
        path: paths[i]!,
        bytes: statSync(paths[i]!).size,
        sha256: files[file.names[0]],
      })),
    };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { name: source.name, ok: false, problem: error.message, files: [] };
  }
}

/**
 * Makes sure that a dataset lies on this machine: nothing is done where all files are there, otherwise they are
 * downloaded into the data directory. The result is checked as by {@link checkDataset}.
 * @returns the check, and whether anything was downloaded
 * @throws UserError where there is no dataset of this name, or it cannot be downloaded. Throws the signal's reason
 * where it was stopped.
 */
export async function getDataset(
  name: string,
  options: DataOptions & FetchOptions = {},
): Promise<DatasetCheck & { downloaded: boolean }> {
  const source = findDataset(name);
  const { onProgress, signal } = options;
  const dataDirectory = dataDirectoryOf(options);
  const here = isComplete(locate(source, dataDirectory)) || source.prepare?.(dataDirectory) === true;
  if (!here) {
    if (!source.fetch)
      throw new UserError(`${source.title} cannot be downloaded by certprune. ${source.origin}`);
    await source.fetch({ onProgress, signal, dataDirectory });
  }
  return { ...checkDataset(name, options), downloaded: !here };
}

function entryOf(source: DatasetSource, options: DataOptions): DatasetEntry {
  const location = locate(source, dataDirectoryOf(options));
  const found = location.paths.filter((path) => path !== undefined).map((path) => dirname(path));
  // A layout without fixed files is there only where its folder was found.
  if (location.layout.files.length === 0) found.push(...location.layout.folders(dataDirectoryOf(options)));
  return {
    ...(Object.fromEntries(told.map((key) => [key, source[key]])) as Pick<
      DatasetEntry,
      (typeof told)[number]
    >),
    ...source.normalization,
    present: isComplete(location),
    folders: [...new Set(found)],
    downloadable: source.fetch !== undefined,
  };
}
