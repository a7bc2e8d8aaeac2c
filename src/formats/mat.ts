/** @file Reads numeric arrays of MATLAB 5 MAT-files, compressed or not. */
import { elements } from './elements.ts';
import { inflateBudget, type InflateBudget } from './inflate.ts';
import { elementCount } from './ndArray.ts';
import { UserError } from './userError.ts';

/** One real numeric array. */
export interface MatArray {
  /** Dimensions; the FIRST one varies fastest in `data` (column-major). */
  shape: number[];
  /** As stored: MATLAB stores small whole doubles as bytes. */
  data: ReturnType<(typeof elements)[Stored]['read']>;
}

interface Element {
  type: number;
  content: Uint8Array;
  /** Where the next element begins. */
  next: number;
}

const miMatrix = 14;
const miCompressed = 15;

/** Storage types by their number in the format. */
const storage = {
  1: 'int8',
  2: 'uint8',
  3: 'int16',
  4: 'uint16',
  5: 'int32',
  6: 'uint32',
  7: 'float32',
  9: 'float64',
} as const;
type Stored = (typeof storage)[keyof typeof storage];

/**
 * The real numeric arrays of a little-endian version 5 MAT-file by variable name; cells, structures, text and
 * sparse arrays are passed over.
 * @param where names the bytes in errors, usually the path
 * @throws UserError where the bytes are no such file, or cut off.
 */
export function readMat(bytes: Uint8Array, where: string): Record<string, MatArray> {
  if (
    bytes.length < 128 ||
    bytes[124] !== 0 ||
    bytes[125] !== 1 ||
    bytes[126] !== 0x49 ||
    bytes[127] !== 0x4d
  ) {
    throw new UserError(
      `${where}: not a little-endian MAT-file of version 5 (version 7.3 files are HDF5 and not supported).`,
    );
  }
  const arrays: Record<string, MatArray> = Object.create(null);
  const budget = inflateBudget(bytes.length);
  for (let at = 128; at < bytes.length;) {
    let element = elementAt(bytes, at, where);
    at = element.next;
    if (element.type === miCompressed) element = elementAt(inflate(element.content, budget, where), 0, where);
    if (element.type === miMatrix) readMatrix(element.content, where, arrays);
  }
  return arrays;
}

/** A tag (type, size) and its content; content of up to 4 bytes may lie inside the tag. */
function elementAt(bytes: Uint8Array, at: number, where: string): Element {
  if (at + 8 > bytes.length) throw truncated(where);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const word = view.getUint32(at, true);
  const inside = word >>> 16;
  if (inside > 0) {
    return {
      type: word & 0xffff,
      content: bytes.subarray(at + 4, at + 4 + Math.min(inside, 4)),
      next: at + 8,
    };
  }
  const size = view.getUint32(at + 4, true);
  const end = at + 8 + size;
  if (end > bytes.length) throw truncated(where);
  // Everything but compressed elements is padded to a multiple of eight bytes.
  const next = word === miCompressed ? end : at + 8 + Math.ceil(size / 8) * 8;
  return { type: word, content: bytes.subarray(at + 8, end), next };
}

function truncated(where: string): UserError {
  return new UserError(`${where}: the MAT-file is truncated. Fetch it again.`);
}

function inflate(content: Uint8Array, budget: InflateBudget, where: string): Uint8Array {
  try {
    return budget.inflate('zlib', content);
  } catch (error) {
    throw new UserError(`${where}: the MAT-file is damaged (${(error as Error).message}). Fetch it again.`);
  }
}

/** A matrix holds: flags with the class, dimensions, name, real part. */
function readMatrix(content: Uint8Array, where: string, arrays: Record<string, MatArray>): void {
  if (content.length === 0) return;
  const flags = elementAt(content, 0, where);
  const kind = flags.content[0];
  const complex = (flags.content[1] & 8) !== 0;
  const isNumeric = kind >= 6 && kind <= 15;
  if (!isNumeric || complex) return;
  const dimensions = elementAt(content, flags.next, where);
  const name = elementAt(content, dimensions.next, where);
  const real = elementAt(content, name.next, where);
  const shape = [...elements.int32.read(dimensions.content.subarray(0, dimensions.content.length & ~3))];
  const stored = storage[real.type as keyof typeof storage] as Stored | undefined;
  const title = new TextDecoder('latin1').decode(name.content);
  const length = elementCount(shape);
  if (shape.length < 2 || shape.length > mostDimensions || shape.some((size) => size < 0))
    throw new UserError(
      `${where}: the array ${title} has ${shape.length} dimensions (${shape.slice(0, 8).join('x')}), where 2 to ` +
        `${mostDimensions}, none of them negative, are possible. The file is damaged; fetch it again.`,
    );
  if (stored === undefined || real.content.length !== length * elements[stored].size) {
    throw new UserError(
      `${where}: the array ${title} of ${shape.join('x')} elements has ${real.content.length} bytes of type ` +
        `${real.type}, which does not fit. The file is damaged; fetch it again.`,
    );
  }
  arrays[title] = { shape, data: elements[stored].read(real.content) };
}

/** MATLAB's arrays have two dimensions at least; the limit is NumPy's. */
const mostDimensions = 64;
