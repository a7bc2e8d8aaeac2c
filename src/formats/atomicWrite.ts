/** @file Whole files or none: a reader, or a run killed midway, never sees half of one. */
import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { systemCode, systemFault } from './systemFault.ts';
import { UserError } from './userError.ts';

function writeAll(descriptor: number, bytes: Uint8Array): void {
  let offset = 0;
  while (offset < bytes.length) offset += writeSync(descriptor, bytes, offset, bytes.length - offset);
}

/**
 * Writes `content` under a temporary name in the same directory, flushes it to the disk, and renames it to `path`.
 * Several chunks are written one after the other, without joining them in memory.
 * @throws UserError where the directory is missing, not writable or full; the old file then stays as it was.
 */
export function writeFileAtomic(path: string, content: Uint8Array | string | readonly Uint8Array[]): void {
  const temporary = join(dirname(path), `.${basename(path)}.${process.pid}.tmp`);
  const chunks =
    typeof content === 'string'
      ? [Buffer.from(content)]
      : content instanceof Uint8Array
        ? [content]
        : content;
  try {
    const descriptor = openSync(temporary, 'w');
    try {
      for (const chunk of chunks) writeAll(descriptor, chunk);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    const cause = systemCode(error) === 'ENOENT' ? `there is no folder ${dirname(path)}` : systemFault(error);
    throw new UserError(`Cannot write ${path}: ${cause}.`);
  }
}
