/** @file Reads tar archives: the regular files in them, by name. */
import { UserError } from './userError.ts';

/** A regular file in an archive. */
export interface TarEntry {
  /** Path inside the archive. */
  name: string;
  /** A view of the archive's bytes. */
  content: Uint8Array;
}

const blockSize = 512;

/**
 * The regular files of an (uncompressed) tar archive in ustar or old format; other entries are passed over.
 * @param where names the archive in errors, usually its path
 * @throws UserError where the archive is cut off or a header's checksum is wrong.
 */
export function* tarEntries(bytes: Uint8Array, where: string): Generator<TarEntry, void, undefined> {
  for (let at = 0; at + blockSize <= bytes.length;) {
    const header = bytes.subarray(at, at + blockSize);
    if (header.every((byte) => byte === 0)) return;
    // The checksum counts its own eight bytes as spaces.
    const sum = header.reduce((total, byte, i) => total + (i >= 148 && i < 156 ? 32 : byte), 0);
    const size = octal(header, 124, 12);
    if (sum !== octal(header, 148, 8) || Number.isNaN(size)) {
      throw new UserError(
        `${where}: not a tar archive, or a damaged one (header at byte ${at}). Fetch it again.`,
      );
    }
    const start = at + blockSize;
    if (start + size > bytes.length) {
      throw new UserError(`${where}: truncated inside ${text(header, 0, 100)}. Fetch it again.`);
    }
    const type = text(header, 156, 1);
    if (type === '' || type === '0') {
      const prefix = text(header, 257, 5) === 'ustar' ? text(header, 345, 155) : '';
      const name = text(header, 0, 100);
      yield { name: prefix ? `${prefix}/${name}` : name, content: bytes.subarray(start, start + size) };
    }
    at = start + Math.ceil(size / blockSize) * blockSize;
  }
}

/** A field up to its first zero byte. */
function text(header: Uint8Array, from: number, length: number): string {
  const field = header.subarray(from, from + length);
  const end = field.indexOf(0);
  return new TextDecoder('latin1').decode(end < 0 ? field : field.subarray(0, end));
}

/** NaN where the field is no octal number: signs and the binary form of huge sizes are none. */
function octal(header: Uint8Array, from: number, length: number): number {
  const digits = text(header, from, length).trim();
  return /^[0-7]*$/.test(digits) ? Number.parseInt(digits || '0', 8) : Number.NaN;
}
