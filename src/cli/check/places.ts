/** @file Where certificates lie, and the files that they speak of. */
import { closeSync, openSync, readSync, readdirSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { sha256 } from '../../check/certificate/sha256.ts';
import { gunzipped } from '../../formats/inflate.ts';
import { namingFile, readBytes } from '../../formats/readFile.ts';
import { UserError } from '../../formats/userError.ts';

/** Whether a file is sound safetensors that are no certificate, such as the checkpoints of a run. */
function isOther(path: string): boolean {
  const file = openSync(path, 'r');
  try {
    const length = Buffer.alloc(8);
    readSync(file, length);
    const size = Number(length.readBigUInt64LE());
    if (size > 1e8) return false;
    const head = Buffer.alloc(size);
    readSync(file, head);
    const { __metadata__: metadata } = JSON.parse(head.toString('utf8')) as { __metadata__?: object };
    return !Object.hasOwn(metadata ?? {}, 'certificate');
  } catch {
    return false;
  } finally {
    closeSync(file);
  }
}

/** The certificates that the arguments name: a folder stands for all in it, at any depth. @throws UserError */
export function certificatesOf(paths: readonly string[]): string[] {
  return paths.flatMap((path) => {
    if (!(statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false)) return [path];
    const found = readdirSync(path, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.certificate') || name.endsWith('.safetensors'))
      .sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))
      .map((name) => join(path, name))
      .filter((name) => !isOther(name));
    if (found.length === 0)
      throw new UserError(
        `${path}: the folder holds no certificate (files named *.safetensors or *.certificate).`,
      );
    return found;
  });
}

/** The bytes of a file, opened where it is .gz. @throws UserError */
export const contentOf = (path: string, what: string): Uint8Array =>
  namingFile(path, () => gunzipped(readBytes(path, what)));

/** A file that a certificate speaks of. */
export interface Sought {
  readonly what: 'model' | 'property';
  readonly name?: string | undefined;
  readonly sha256: string;
  /** What to give where it is not found. */
  readonly option: string;
  readonly ending: RegExp;
}

/**
 * Looks beside the certificate and in the folder above: for the name first, then for any file with that hash. The named
 * file is taken whatever its hash where there is no better one: the check says then that it is another.
 * @throws UserError where there is none
 */
export async function findBeside(certificate: string, sought: Sought): Promise<Uint8Array> {
  const here = dirname(resolve(certificate));
  const names = sought.name === undefined ? [] : [basename(sought.name), `${basename(sought.name)}.gz`];
  let other: Uint8Array | undefined;
  for (const folder of [here, dirname(here)]) {
    const files = readdirSync(folder).filter((name) => sought.ending.test(name));
    const order = [
      ...names.filter((name) => files.includes(name)),
      ...files.filter((name) => !names.includes(name)),
    ];
    for (const name of order) {
      const bytes = contentOf(join(folder, name), sought.what);
      if ((await sha256(bytes)) === sought.sha256) return bytes;
      if (names.includes(name)) other ??= bytes;
    }
  }
  if (other) return other;
  const named = sought.name === undefined ? '' : ` (${basename(sought.name)})`;
  throw new UserError(
    `${certificate}: its ${sought.what}${named} lies neither beside it nor in the folder above. Give it with ${sought.option}.`,
  );
}
