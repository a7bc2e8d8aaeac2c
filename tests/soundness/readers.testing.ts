/** @file Reference files for the tests of the checker's readers, and what readers make of files. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { CheckFailure } from '../../src/check/failure.ts';
import { sharedPath } from '../../src/formats/shared.testing.ts';

const folders = ['vnncomp', 'vnncomp-wide', 'cases'].flatMap((name) => sharedPath(name) ?? []);
export const files = (ending: RegExp): string[] =>
  folders.flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => ending.test(name))
      .map((name) => join(folder, name)),
  );
export const contents = (path: string): Uint8Array => {
  const bytes = readFileSync(path);
  return path.endsWith('.gz') ? gunzipSync(bytes) : bytes;
};

/** What a reader makes of it, or the kind of its failure. */
export function outcome<T>(read: () => T): T | string {
  try {
    return read();
  } catch (error) {
    if (error instanceof CheckFailure) return error.kind;
    throw error;
  }
}

export function tried<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
