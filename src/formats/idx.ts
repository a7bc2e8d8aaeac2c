/** @file The idx format of MNIST and its kin: big-endian arrays of any rank, plain or gzip-compressed. */
import { inflateBudget } from './inflate.ts';
import { UserError } from './userError.ts';

/** The element types of idx files (the third byte of the file) as typed arrays. */
export type IdxData = Uint8Array | Int8Array | Int16Array | Int32Array | Float32Array | Float64Array;

/** One array of an idx file, row-major. */
export interface IdxArray {
  /** Dimensions, outermost first; a file of rank 0 has one element. */
  shape: number[];
  data: IdxData;
}

interface ElementType {
  bytes: number;
  create(length: number): IdxData;
  read(view: DataView, at: number): number;
}

const elementTypes: Record<number, ElementType> = {
  0x08: { bytes: 1, create: (n) => new Uint8Array(n), read: (view, at) => view.getUint8(at) },
  0x09: { bytes: 1, create: (n) => new Int8Array(n), read: (view, at) => view.getInt8(at) },
  0x0b: { bytes: 2, create: (n) => new Int16Array(n), read: (view, at) => view.getInt16(at) },
  0x0c: { bytes: 4, create: (n) => new Int32Array(n), read: (view, at) => view.getInt32(at) },
  0x0d: { bytes: 4, create: (n) => new Float32Array(n), read: (view, at) => view.getFloat32(at) },
  0x0e: { bytes: 8, create: (n) => new Float64Array(n), read: (view, at) => view.getFloat64(at) },
};

/**
 * Undoes gzip where the bytes begin with gzip's signature; returns other bytes as they are.
 * @param where names the bytes in errors, usually the path
 * @throws UserError on a stream that is damaged, truncated or too large.
 */
export function gunzipIfNeeded(bytes: Uint8Array, where: string): Uint8Array {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  try {
    return inflateBudget(bytes.length).inflate('gzip', bytes);
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
  const type = elementTypes[bytes[2]];
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
  const length = shape.reduce((product, size) => product * size, 1);
  const expected = start + length * type.bytes;
  if (bytes.length !== expected) {
    throw new UserError(
      `${where}: ${bytes.length < expected ? 'truncated' : 'too long'}: an array of ${shape.slice(0, 8).join('x')} elements ` +
        `wants ${expected} bytes, the file has ${bytes.length}. Fetch the file again.`,
    );
  }
  // A plain view even of a Buffer, whose slice() would share memory instead of copying.
  if (bytes[2] === 0x08) {
    return { shape, data: new Uint8Array(bytes.buffer, bytes.byteOffset + start, length) };
  }
  const data = type.create(length);
  for (let i = 0; i < length; i++) data[i] = type.read(view, start + i * type.bytes);
  return { shape, data };
}
