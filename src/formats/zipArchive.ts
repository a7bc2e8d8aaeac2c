/** @file Reads a zip archive held in memory: its directory first, then only the files that are asked for. */
import { crc32 } from 'node:zlib';
import { inflateBudget } from './inflate.ts';
import { UserError } from './userError.ts';

/** An archive whose directory is sound. */
export interface ZipArchive {
  /** In the order of the directory. */
  readonly names: readonly string[];
  /**
   * The bytes of a file; undefined where there is none of that name.
   * @throws UserError where its bytes do not agree with the directory, or all that were read are too large together
   */
  read(name: string): Uint8Array | undefined;
}

/** What the directory says of a file. */
interface Entry {
  readonly name: string;
  readonly method: number;
  readonly checksum: number;
  readonly packed: number;
  readonly size: number;
  /** Where its own header begins. */
  readonly start: number;
}

const signature = {
  local: 0x04034b50,
  entry: 0x02014b50,
  end: 0x06054b50,
  end64: 0x06064b50,
  locator64: 0x07064b50,
};
const endBytes = 22;
const entryBytes = 46;
const localBytes = 30;

/** Deflate cannot shrink data by more than this factor: a larger claim is damage. */
const maxRatio = 1032;

/** True where the bytes begin as a zip archive does. */
export function isZip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x50 && bytes[1] === 0x4b && (bytes[2] === 3 || bytes[2] === 5);
}

function fail(message: string): never {
  throw new UserError(`The zip archive is damaged or cut off: ${message}.`);
}

/**
 * Opens an archive. Its files must lie one behind the other, without sharing bytes, and have different names.
 * @throws UserError where the directory is damaged, or two entries share bytes or a name
 */
export function openZip(bytes: Uint8Array): ZipArchive {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const { at, count } = directoryOf(view);
  const entries = new Map<string, Entry>();
  let next = at;
  for (let n = 0; n < count; n++) {
    const { entry, end } = entryAt(bytes, view, next);
    if (entries.has(entry.name)) fail(`it has two files named '${entry.name}'`);
    entries.set(entry.name, entry);
    next = end;
  }
  const contents = new Map<string, Uint8Array>();
  let covered = 0;
  for (const entry of [...entries.values()].sort((a, b) => a.start - b.start)) {
    if (entry.start < covered) fail(`the file '${entry.name}' shares bytes with another`);
    const content = packedBytes(bytes, view, entry);
    covered = content.byteOffset - bytes.byteOffset + content.length;
    contents.set(entry.name, content);
  }
  if (covered > at) fail('its files reach into its directory');
  const budget = inflateBudget(bytes.length);
  return {
    names: [...entries.keys()],
    read(name) {
      const entry = entries.get(name);
      if (!entry) return undefined;
      const packed = contents.get(name)!;
      let content = packed;
      if (entry.method !== 0)
        try {
          content = budget.inflate('raw', packed, entry.size);
        } catch (error) {
          fail(`the file '${name}': ${(error as Error).message}`);
        }
      // PyTorch can be told to leave checksums out: they are 0 then.
      if (entry.checksum !== 0 && crc32(content) !== entry.checksum)
        fail(`the checksum of the file '${name}' is wrong`);
      return content;
    },
  };
}

/** The end of the archive tells where its directory lies; a comment may follow it. */
function directoryOf(view: DataView): { at: number; count: number } {
  const size = view.byteLength;
  let end = size - endBytes;
  const first = Math.max(0, end - 0xffff);
  while (end >= first && view.getUint32(end, true) !== signature.end) end--;
  if (end < first) fail('its directory is missing');
  let count = view.getUint16(end + 10, true);
  let at = view.getUint32(end + 16, true);
  const locator = end - 20;
  if (
    (count === 0xffff || at === 0xffffffff) &&
    locator >= 0 &&
    view.getUint32(locator, true) === signature.locator64
  ) {
    const end64 = Number(view.getBigUint64(locator + 8, true));
    if (end64 + 56 > size || view.getUint32(end64, true) !== signature.end64)
      fail('its directory is missing');
    count = Number(view.getBigUint64(end64 + 32, true));
    at = Number(view.getBigUint64(end64 + 48, true));
  }
  // The directory lies before its end, each entry in bytes of its own.
  if (at + count * entryBytes > size) fail('its directory is cut off');
  return { at, count };
}

function entryAt(bytes: Uint8Array, view: DataView, at: number): { entry: Entry; end: number } {
  if (at + entryBytes > bytes.length || view.getUint32(at, true) !== signature.entry)
    fail('its directory is cut off');
  const nameBytes = view.getUint16(at + 28, true);
  const extraBytes = view.getUint16(at + 30, true);
  const end = at + entryBytes + nameBytes + extraBytes + view.getUint16(at + 32, true);
  if (end > bytes.length) fail('its directory is cut off');
  const nameAt = at + entryBytes;
  const name = Buffer.from(bytes.buffer, bytes.byteOffset + nameAt, nameBytes).toString('utf8');
  const method = view.getUint16(at + 10, true);
  if (method !== 0 && method !== 8)
    fail(`the file '${name}' is packed by method ${method}, which is not read`);
  if ((view.getUint16(at + 8, true) & 1) !== 0) fail(`the file '${name}' is encrypted`);
  const [size, packed, start] = largeNumbers(
    [view.getUint32(at + 24, true), view.getUint32(at + 20, true), view.getUint32(at + 42, true)],
    new DataView(bytes.buffer, bytes.byteOffset + nameAt + nameBytes, extraBytes),
  );
  const possible = method === 0 ? size === packed : size <= packed * maxRatio + maxRatio;
  if (!possible) fail(`the file '${name}' claims an impossible size`);
  return { entry: { name, method, checksum: view.getUint32(at + 16, true), packed, size, start }, end };
}

/** Numbers of 32 bits that are all ones stand, in this order, in the extra field 1 as numbers of 64 bits. */
function largeNumbers(numbers: readonly number[], extra: DataView): number[] {
  let at = 0;
  while (at + 4 <= extra.byteLength && extra.getUint16(at, true) !== 1)
    at += 4 + extra.getUint16(at + 2, true);
  at += 4;
  return numbers.map((number) => {
    if (number !== 0xffffffff || at + 8 > extra.byteLength) return number;
    at += 8;
    return Number(extra.getBigUint64(at - 8, true));
  });
}

/** The bytes behind a file's own header, which repeats what the directory says. */
function packedBytes(bytes: Uint8Array, view: DataView, { name, start, packed }: Entry): Uint8Array {
  if (start + localBytes > bytes.length || view.getUint32(start, true) !== signature.local)
    fail(`the header of the file '${name}' is missing`);
  const begin = start + localBytes + view.getUint16(start + 26, true) + view.getUint16(start + 28, true);
  if (begin + packed > bytes.length) fail(`the file '${name}' is cut off`);
  return bytes.subarray(begin, begin + packed);
}
