/** @file Which sweep a folder holds: an id, written when the sweep first begins. */
import { randomBytes } from 'node:crypto';
import { readFileSync, realpathSync } from 'node:fs';
import { basename, join, relative, sep } from 'node:path';
import { writeFileAtomic } from '../../formats/atomicWrite.ts';
import { UserError } from '../../formats/userError.ts';
import { packageVersion } from '../environment.ts';
import type { SweepReference } from './job.ts';
import { readSweepReference } from './job.ts';
import { sweepPaths, type SweepPaths } from './paths.ts';

/**
 * Where a sweep lies on this machine.
 * @throws UserError where it is not in `runsFolder`, or was planned by another version
 */
export function folderOf(sweep: SweepReference, runsFolder: string): string {
  const folder = join(runsFolder, sweep.folder);
  const found = readReference(sweepPaths(folder));
  if (found === undefined || found.id !== sweep.id)
    throw new UserError(
      `The queue has jobs of the sweep ${sweep.folder}, which is not in ${runsFolder}: give the folder that all ` +
        'machines share with --runs DIR.',
    );
  if (!liesWithin(folder, runsFolder))
    throw new UserError(
      `The sweep ${sweep.folder} lies outside ${runsFolder}, through a symbolic link: jobs write and delete nowhere else. ` +
        'Give the folder in which it really lies with --runs DIR.',
    );
  if (sweep.version !== packageVersion())
    throw new UserError(
      `The sweep ${sweep.folder} was planned by certprune ${sweep.version}, this is ${packageVersion()}: results could ` +
        'differ. Install the same version everywhere.',
    );
  return folder;
}

/** The sweep's identity, made when it first begins. */
export function referenceOf(paths: SweepPaths): SweepReference {
  const id = readReference(paths)?.id ?? randomBytes(8).toString('hex');
  const reference = { id, folder: basename(paths.root), version: packageVersion() };
  writeFileAtomic(paths.reference, `${JSON.stringify(reference, null, 2)}\n`);
  return reference;
}

/** The identity that a folder has; undefined where no sweep has begun in it. */
export function readReference(paths: SweepPaths): SweepReference | undefined {
  try {
    return readSweepReference(readFileSync(paths.reference, 'utf8'));
  } catch {
    return undefined;
  }
}

/**
 * Whether a folder lies, all links followed, within another.
 * @returns false also where one of them is not there
 */
function liesWithin(folder: string, outer: string): boolean {
  try {
    const way = relative(realpathSync(outer), realpathSync(folder));
    return way !== '' && way !== '..' && !way.startsWith(`..${sep}`);
  } catch {
    return false;
  }
}
