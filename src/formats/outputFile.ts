/** @file Files that a person names for results: plain files, links to them, pipes, devices. */
import {
  closeSync,
  existsSync,
  openSync,
  readlinkSync,
  realpathSync,
  rmSync,
  statSync,
  lstatSync,
  truncateSync,
} from 'node:fs';
import { dirname, resolve } from 'node:path';
import { temporaryBeside, writeAll, writeFileAtomic } from './atomicWrite.ts';
import { systemFault } from './systemFault.ts';
import { UserError } from './userError.ts';

/** A place for results that was found to be writable. */
export interface OutputFile {
  /**
   * Puts the whole content there. A plain file is replaced in one step; to a pipe or a device goes what is new since the
   * last time, where the content begins with what was written then, else all of it.
   * @throws UserError naming the path, where it cannot be written
   */
  readonly write: (content: string | Uint8Array) => void;
  /** Whether what is written stays readable under the path. */
  readonly isFile: boolean;
}

/**
 * Opens a path for results before the work, so that a mistake shows at once: a link is followed and stays, a file with
 * several names keeps them, a pipe waits here for its reader, a device and a descriptor of this process are written as they
 * are.
 * @throws UserError where it is a directory or cannot be written
 */
export function openOutput(path: string): OutputFile {
  return naming(path, () => {
    const descriptor = ownDescriptor(path);
    if (descriptor !== undefined) return stream(path, () => descriptor);
    const target = followed(path);
    const found = statSync(target, { throwIfNoEntry: false });
    if (found?.isDirectory()) throw new UserError(`Cannot write ${path}: it is a directory.`);
    if (found && !found.isFile()) {
      const opened = openSync(target, 'a');
      return stream(path, () => opened);
    }
    if (found && found.nlink > 1) return inPlace(path, target);
    if (/[/\\]$/.test(path)) throw new UserError(`Cannot write ${path}: there is no such folder.`);
    tryFolder(target);
    return { isFile: true, write: (content) => naming(path, () => writeFileAtomic(target, content)) };
  });
}

/** Writes results once. @throws UserError as `openOutput` */
export const writeOutput = (path: string, content: string | Uint8Array): void =>
  openOutput(path).write(content);

/** `/dev/stdout` and its kin: 1. Opened by name they may be sockets, which cannot be, or files, which would be cut. */
function ownDescriptor(path: string): number | undefined {
  const known: Readonly<Record<string, number>> = { '/dev/stdout': 1, '/dev/stderr': 2 };
  const numbered = /^\/(?:dev|proc\/self)\/fd\/(\d+)$/.exec(path);
  return known[path] ?? (numbered ? Number(numbered[1]) : undefined);
}

/** The end of a chain of symbolic links, which need not exist. */
function followed(path: string): string {
  let at = resolve(path);
  for (let links = 0; links < 40; links++) {
    if (existsSync(at)) return realpathSync(at);
    if (!lstatSync(at, { throwIfNoEntry: false })?.isSymbolicLink()) return at;
    at = resolve(dirname(at), readlinkSync(at));
  }
  throw new UserError(`Cannot write ${path}: its symbolic links lead in a circle.`);
}

function stream(path: string, descriptor: () => number): OutputFile {
  let before = Buffer.alloc(0);
  return {
    isFile: false,
    write: (content) =>
      naming(path, () => {
        const all = Buffer.from(content);
        const goesOn = all.subarray(0, before.length).equals(before);
        writeAll(descriptor(), goesOn ? all.subarray(before.length) : all);
        before = all;
      }),
  };
}

/** Not in one step: another file under the same name would not be the one that the other names stand for. */
const inPlace = (path: string, target: string): OutputFile => {
  closeSync(openSync(target, 'r+'));
  return {
    isFile: true,
    write: (content) =>
      naming(path, () => {
        const descriptor = openSync(target, 'r+');
        try {
          const bytes = Buffer.from(content);
          writeAll(descriptor, bytes);
          truncateSync(target, bytes.length);
        } finally {
          closeSync(descriptor);
        }
      }),
  };
};

/** What permissions say is not enough: disks are read-only, folders immutable. */
function tryFolder(target: string): void {
  const folder = dirname(target);
  const found = statSync(folder, { throwIfNoEntry: false });
  if (!found) throw new UserError(`there is no folder ${folder}`);
  if (!found.isDirectory()) throw new UserError('a part of its path is no folder');
  const trial = temporaryBeside(target);
  closeSync(openSync(trial, 'wx'));
  rmSync(trial, { force: true });
}

function naming<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof UserError && error.message.startsWith('Cannot write')) throw error;
    throw new UserError(`Cannot write ${path}: ${systemFault(error)}.`);
  }
}
