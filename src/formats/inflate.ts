/** @file Decompression under one limit for a whole file, so that a small file cannot fill the memory. */
import { gunzipSync, inflateRawSync, inflateSync } from 'node:zlib';
import { UserError } from './userError.ts';

/** What a file may inflate to whatever its size, in bytes. */
const freeBytes = 2 ** 28;

/** Beyond that, so many bytes for each byte of the file: pictures and weights shrink far less. */
const mostRatio = 32;

/** What all compressed parts of a file of so many bytes may inflate to together, in bytes. */
export const inflatedLimit = (fileBytes: number): number =>
  Math.min(freeBytes + mostRatio * fileBytes, 2 ** 32 - 1);

const kinds = { gzip: gunzipSync, zlib: inflateSync, raw: inflateRawSync } as const;

/** Room for what the compressed parts of one file become. */
export interface InflateBudget {
  /**
   * Inflates one part, and counts it.
   * @param size bytes that it must give; without it any number that there is room for
   * @throws UserError where the stream is damaged, or gives more than there is room for or is said
   */
  inflate(kind: keyof typeof kinds, bytes: Uint8Array, size?: number): Uint8Array;
}

/** @param fileBytes the size of the whole file */
export function inflateBudget(fileBytes: number): InflateBudget {
  const limit = inflatedLimit(fileBytes);
  let left = limit;
  return {
    inflate(kind, bytes, size) {
      if (size !== undefined && size > left) throw tooLarge(limit);
      let content: Uint8Array;
      try {
        // A limit of 0 is none to zlib.
        content = kinds[kind](bytes, { maxOutputLength: Math.max(1, size ?? left) });
      } catch (error) {
        const { code, message } = error as NodeJS.ErrnoException;
        if (code !== 'ERR_BUFFER_TOO_LARGE')
          throw new UserError(
            `the ${kind === 'gzip' ? 'gzip' : 'compressed'} stream is truncated or damaged (${message})`,
          );
        throw size === undefined
          ? tooLarge(limit)
          : new UserError(`more than the ${size} bytes that are said`);
      }
      if (size !== undefined && content.length !== size)
        throw new UserError(`${content.length} bytes where ${size} are said`);
      left -= content.length;
      return content;
    },
  };
}

const tooLarge = (limit: number): UserError =>
  new UserError(`it would inflate to more than ${limit} bytes, the limit for a file of this size`);

/** The bytes of a file, uncompressed where they begin with gzip's signature. @throws UserError as `inflate` */
export const gunzipped = (bytes: Uint8Array): Uint8Array =>
  bytes[0] === 0x1f && bytes[1] === 0x8b ? inflateBudget(bytes.length).inflate('gzip', bytes) : bytes;
