/** @file Whole files or none: a reader, or a run killed midway, never sees half of one. */
import { randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { systemCode, systemFault } from './systemFault.ts';
import { UserError } from './userError.ts';

/** Writes all bytes to an open file, pipe or device. @throws NodeJS.ErrnoException */
export function writeAll(descriptor: number, bytes: Uint8Array): void {
  let offset = 0;
  while (offset < bytes.length) {
    try {
      offset += writeSync(descriptor, bytes, offset, bytes.length - offset);
    } catch (error) {
      if (systemCode(error) !== 'EAGAIN') throw error;
      // The reader is slow: a pipe holds 64 KiB.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
    }
  }
}

/**
 * A name beside `path` that nobody can know beforehand, so that no link lies in wait under it; to be created
 * exclusively. Short enough for any file system, whatever the length of the name.
 */
export function temporaryBeside(path: string): string {
  return join(dirname(path), `.${basename(path).slice(0, 50)}.${randomBytes(8).toString('hex')}.tmp`);
}

/** Whether a file's name is one of `temporaryBeside`: what a kill in the middle of writing has left. */
export const isTemporary = (name: string): boolean => /^\..*\.[\da-f]+\.tmp$/.test(name);

/**
 * Writes `content` under a temporary name in the same directory, flushes it to the disk, and renames it to `path`.
 * Several chunks are written one after the other, without joining them in memory.
 * @throws UserError where the directory is missing, not writable or full; the old file then stays as it was.
 */
export function writeFileAtomic(path: string, content: Uint8Array | string | Iterable<Uint8Array>): void {
  const temporary = temporaryBeside(path);
  const chunks =
    typeof content === 'string'
      ? [Buffer.from(content)]
      : content instanceof Uint8Array
        ? [content]
        : content;
  let made = false;
  try {
    const descriptor = openSync(temporary, 'wx');
    made = true;
    try {
      for (const chunk of chunks) writeAll(descriptor, chunk);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    renameSync(temporary, path);
  } catch (error) {
    if (made) rmSync(temporary, { force: true });
    const cause = systemCode(error) === 'ENOENT' ? `there is no folder ${dirname(path)}` : systemFault(error);
    throw new UserError(`Cannot write ${path}: ${cause}.`);
  }
}
