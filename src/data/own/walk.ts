/** @file Looks into folders: names in an order that depends on no machine's language, links followed, circles refused. */
import { readdirSync, realpathSync, statSync, type Dirent } from 'node:fs';
import { join, sep } from 'node:path';
import { systemFault } from '../../formats/systemFault.ts';
import { UserError } from '../../formats/userError.ts';

/** What file managers leave behind. */
const leftovers = /^(\.|Thumbs\.db$|desktop\.ini$|__MACOSX$)/i;

/**
 * Names in a folder, links counted as what they point at.
 * @throws UserError where the folder cannot be read, or a link points nowhere or back to a folder above
 */
export function namesIn(folder: string): { readonly files: string[]; readonly folders: string[] } {
  let entries: Dirent[];
  try {
    entries = readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    throw new UserError(
      `Cannot read the folder ${folder}: ${systemFault(error)}. Name a folder that is there and that you may read.`,
    );
  }
  const found: { files: string[]; folders: string[] } = { files: [], folders: [] };
  for (const entry of entries)
    if (!leftovers.test(entry.name)) found[isFolder(folder, entry) ? 'folders' : 'files'].push(entry.name);
  return { files: found.files.sort(), folders: found.folders.sort() };
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
    throw brokenLink(path, /ELOOP/.test((error as Error).message));
  }
}

const brokenLink = (path: string, circle: boolean): UserError =>
  new UserError(
    `${path} is a symbolic link ${circle ? 'that leads back to a folder above it' : 'to something that is not there'}. ` +
      'Remove it, or let it point at the pictures of a class.',
  );

/**
 * Files of a folder and of the folders in it, as paths from it with `/`.
 * @throws UserError as `namesIn`
 */
export function filesBelow(folder: string, above: readonly string[] = []): string[] {
  const { files, folders } = namesIn(folder);
  if (folders.length === 0) return files;
  // A circle may lead through several links, each of which points at no folder above itself.
  const here = realpathSync(folder);
  if (above.includes(here)) throw brokenLink(folder, true);
  return [
    ...files,
    ...folders.flatMap((name) =>
      filesBelow(join(folder, name), [...above, here]).map((file) => `${name}/${file}`),
    ),
  ];
}

/** Whether a folder holds folders, or links that lead nowhere: what is wrong with those is told when they are read. */
export function hasFolders(folder: string): boolean {
  try {
    return readdirSync(folder, { withFileTypes: true }).some(
      (entry) => !leftovers.test(entry.name) && (entry.isDirectory() || entry.isSymbolicLink()),
    );
  } catch {
    return false;
  }
}
