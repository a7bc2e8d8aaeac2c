/** @file Errors of the operating system as sentences: the one place that knows their codes. */

const causes: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EBUSY: 'it is in use by the system',
  ECONNREFUSED: 'the connection is refused',
  ECONNRESET: 'the connection was broken off',
  EDQUOT: 'the disk quota is used up',
  EEXIST: 'something else of that name is in the way',
  EFBIG: 'the file would be larger than the file system allows',
  EIO: 'the disk reports an error',
  EISDIR: 'it is a directory',
  ELOOP: 'its symbolic links lead in a circle',
  EMFILE: 'too many files are open in this process (see ulimit -n)',
  ENAMETOOLONG: 'its name is too long for the file system',
  ENFILE: 'too many files are open on this machine',
  ENODEV: 'there is no such device',
  ENOENT: 'there is no such file',
  ENOMEM: 'the memory of the machine is used up',
  ENOSPC: 'no space is left on the disk',
  ENOTDIR: 'a part of its path is no folder',
  ENOTEMPTY: 'the folder is not empty',
  ENOTFOUND: 'the host is unknown',
  ENXIO: 'nothing answers at the other end of it',
  EPERM: 'the system does not permit it',
  EPIPE: 'its reader has gone',
  EROFS: 'the file system is read-only',
  ETIMEDOUT: 'there was no answer in time',
  ETXTBSY: 'it is a program that is running',
  EXDEV: 'it lies on another file system',
};

/** The code of a system error, e.g. `ENOSPC`; undefined for any other error. */
export function systemCode(error: unknown): string | undefined {
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
  return typeof code === 'string' && /^E[A-Z0-9]+$/.test(code) ? code : undefined;
}

/** What the system says, as the end of a sentence: `no space is left on the disk`. Other errors: their message. */
export function systemFault(error: unknown): string {
  const code = systemCode(error);
  if (code === undefined) return error instanceof Error ? error.message : String(error);
  return causes[code] ?? `the system reports ${code}`;
}
