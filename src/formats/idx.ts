/** @file The idx format of MNIST and its kin: big-endian arrays of any rank, plain or gzip-compressed. */
import { elements, swapped } from './elements.ts';
import { gunzipped } from './inflate.ts';
import { elementCount } from './ndArray.ts';
import { UserError } from './userError.ts';

/** One array of an idx file, row-major. */
export interface IdxArray {
  /** Dimensions, outermost first; a file of rank 0 has one element. */
  shape: number[];
  data: ReturnType<(typeof elements)[Stored]['read']>;
}

/** By the third byte of the file. */
const elementTypes = {
  0x08: 'uint8',
  0x09: 'int8',
  0x0b: 'int16',
  0x0c: 'int32',
  0x0d: 'float32',
  0x0e: 'float64',
} as const;
type Stored = (typeof elementTypes)[keyof typeof elementTypes];

/**
 * Undoes gzip where the bytes begin with gzip's signature; returns other bytes as they are.
 * @param where names the bytes in errors, usually the path
 * @throws UserError on a stream that is damaged, truncated or too large.
 */
export function gunzipIfNeeded(bytes: Uint8Array, where: string): Uint8Array {
  try {
    return gunzipped(bytes);
  } catch (error) {
    throw new UserError(`${where}: ${(error as Error).message}. Fetch the file again.`);
  }
}

/**
 * Parses the bytes of an (uncompressed) idx file. Unsigned bytes are returned as a view, not copied.
 * @param where names the bytes in errors, usually the path
 * @throws UserError on a wrong magic number, or too few or too many bytes.
 */
export function parseIdx(bytes: Uint8Array, where: string): IdxArray {
  const magic = [...bytes.subarray(0, 4)].map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
  if (bytes.length < 4) {
    throw new UserError(`${where}: not an idx file, it has ${bytes.length} bytes. Fetch the file again.`);
  }
  const type = elementTypes[bytes[2] as keyof typeof elementTypes] as Stored | undefined;
  if (bytes[0] !== 0 || bytes[1] !== 0 || type === undefined) {
    throw new UserError(
      `${where}: not an idx file. It begins with the bytes ${magic}; idx files begin with 00 00, ` +
        'an element type (08, 09, 0b, 0c, 0d or 0e) and the number of dimensions.',
    );
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const rank = bytes[3];
  const start = 4 + 4 * rank;
  if (bytes.length < start) {
    throw new UserError(
      `${where}: truncated in the header: ${rank} dimensions want ${start} bytes, ` +
        `the file has ${bytes.length}. Fetch the file again.`,
    );
  }
  const shape = Array.from({ length: rank }, (_, axis) => view.getUint32(4 + 4 * axis));
  const length = elementCount(shape);
  const { size, read } = elements[type];
  const expected = start + length * size;
  if (bytes.length !== expected) {
    throw new UserError(
      `${where}: ${bytes.length < expected ? 'truncated' : 'too long'}: an array of ${shape.slice(0, 8).join('x')} elements ` +
        `wants ${expected} bytes, the file has ${bytes.length}. Fetch the file again.`,
    );
  }
  const raw = bytes.subarray(start);
  return { shape, data: read(size === 1 ? raw : swapped(raw, size)) };
}
