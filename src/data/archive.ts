/** @file Downloads a tar.gz archive and takes the files a dataset needs out of it. */
import { mkdirSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { writeFileAtomic } from '../formats/atomicWrite.ts';
import { gunzipIfNeeded } from '../formats/idx.ts';
import { readBytes } from '../formats/readFile.ts';
import { tarEntries } from '../formats/tar.ts';
import { UserError } from '../formats/userError.ts';
import { downloadFile } from './download.ts';
import type { DownloadOptions } from './download.ts';

/**
 * Downloads the archive to `options.path`, writes the named files (wherever in the archive they lie) into `folder`,
 * and removes the archive.
 * @throws UserError where the download fails or the archive lacks one of them.
 */
export async function fetchFromArchive(
  options: DownloadOptions,
  names: string[],
  folder: string,
): Promise<void> {
  await downloadFile(options);
  const wanted = new Set(names);
  mkdirSync(folder, { recursive: true });
  for (const { name, content } of entriesOfArchive(options.path)) {
    if (wanted.delete(basename(name))) writeFileAtomic(join(folder, basename(name)), content);
  }
  if (wanted.size > 0) throw new UserError(`${options.path}: the archive lacks ${[...wanted].join(', ')}.`);
  rmSync(options.path, { force: true });
}

/** The files of a .tar.gz archive. */
export function entriesOfArchive(path: string): ReturnType<typeof tarEntries> {
  return tarEntries(gunzipIfNeeded(readBytes(path, 'archive'), path), path);
}
