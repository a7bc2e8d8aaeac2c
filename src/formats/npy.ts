/** @file npy: NumPy's file of one array. */
import { writeFileAtomic } from './atomicWrite.ts';
import { elements, swapped } from './elements.ts';
import { bytesOf, elementCount, stridedOffsets, type Dtype, type NdArray } from './ndArray.ts';
import { namingFile, readBytes } from './readFile.ts';
import { UserError } from './userError.ts';

const magic = Uint8Array.of(0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59);

/** Element type → NumPy's type string, without the byte order. */
const typeString: Readonly<Record<Dtype, string>> = {
  float32: 'f4',
  float64: 'f8',
  int32: 'i4',
  int64: 'i8',
  uint8: 'u1',
  bool: 'b1',
};
/** 16-bit floating-point numbers are read too: f32 holds them exactly. */
const storedAs = new Map<string, Dtype | 'float16'>([
  ['f2', 'float16'],
  ...Object.entries(typeString).map(([dtype, type]) => [type, dtype as Dtype] as const),
]);

/** Bytes of a header, at most; NumPy itself reads no more than 10,000. */
const maxHeaderLength = 2 ** 16;

/** Dimensions, at most: NumPy's limit. */
const maxRank = 64;

function fail(message: string): never {
  throw new UserError(`Not a readable npy file: ${message}`);
}

interface Header {
  readonly stored: Dtype | 'float16';
  readonly bigEndian: boolean;
  readonly fortranOrder: boolean;
  readonly shape: readonly number[];
  readonly dataStart: number;
}

/** The header is a Python literal, `{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }`, keys in any order. */
function parseHeader(bytes: Uint8Array): Header {
  if (!magic.every((byte, index) => bytes[index] === byte)) fail('it does not start with \\x93NUMPY.');
  const major = bytes[6];
  if (major !== 1 && major !== 2 && major !== 3) fail(`format version ${major} is unknown.`);
  const lengthBytes = major === 1 ? 2 : 4;
  const textStart = 8 + lengthBytes;
  if (bytes.length < textStart) fail('the header is cut off.');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const length = major === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  if (length > maxHeaderLength) fail(`the header has ${length} bytes; at most ${maxHeaderLength} are read.`);
  const dataStart = textStart + length;
  if (dataStart > bytes.length) fail(`the header's ${length} bytes are cut off.`);
  const text = Buffer.from(bytes.buffer, bytes.byteOffset + textStart, length).toString('latin1');
  const descr = /'descr': ?'([<>|=]?)([a-zA-Z]\d{0,4})'/.exec(text);
  const order = /'fortran_order': ?(True|False)/.exec(text);
  const tuple = /'shape': ?\(([\d, L]*)\)/.exec(text);
  if (descr === null || order === null || tuple === null) {
    fail(
      `the header ${JSON.stringify(text.slice(0, 120))} does not give one plain element type, order and shape.`,
    );
  }
  const stored = storedAs.get(descr[2]);
  if (stored === undefined)
    fail(
      `the element type ${descr[1]}${descr[2]} is not read (read are ${[...storedAs.keys()].join(', ')}).`,
    );
  const shape = tuple[1]
    .split(',')
    .flatMap((size) => (size.trim() === '' ? [] : [Number.parseInt(size, 10)]));
  if (!shape.every(Number.isSafeInteger))
    fail(`the shape (${tuple[1].slice(0, 60)}) is not a list of sizes.`);
  if (shape.length > maxRank) fail(`it has ${shape.length} dimensions; at most ${maxRank} are read.`);
  return { stored, bigEndian: descr[1] === '>', fortranOrder: order[1] === 'True', shape, dataStart };
}

/** Column-major (first index fastest) → row-major (last index fastest). */
function toRowMajor({ dtype, shape, data }: NdArray): NdArray {
  const strides = shape.map((_, axis) => elementCount(shape.slice(0, axis)));
  const result = data.slice();
  stridedOffsets(shape, strides).forEach((from, to) => (result[to] = data[from]));
  return { dtype, shape, data: result };
}

/**
 * Reads the bytes of a .npy file: C or Fortran order, either byte order, format versions 1 to 3.
 * 16-bit floating-point numbers become f32, exactly. The array is a view of `bytes` where it already lies in row-major, native order.
 * @throws UserError naming the fault: foreign or truncated bytes, element types that are not read.
 */
export function decodeNpy(bytes: Uint8Array): NdArray {
  const { stored, bigEndian, fortranOrder, shape, dataStart } = parseHeader(bytes);
  const { size, read } = elements[stored];
  const wanted = elementCount(shape) * size;
  if (wanted !== bytes.length - dataStart) {
    fail(
      `the shape (${shape.slice(0, 8).join(', ')}) needs ${wanted} bytes, but ${bytes.length - dataStart} follow the header.`,
    );
  }
  const raw = bytes.subarray(dataStart);
  const array: NdArray = {
    dtype: stored === 'float16' ? 'float32' : stored,
    shape,
    data: read(bigEndian ? swapped(raw, size) : raw),
  };
  return fortranOrder && shape.length > 1 ? toRowMajor(array) : array;
}

/** The bytes of a .npy file, format version 1, row-major, little-endian; the data start at a multiple of 64. */
export function encodeNpy({ dtype, shape, data }: NdArray): Uint8Array {
  if (data.length !== elementCount(shape)) {
    throw new RangeError(`${data.length} elements do not fill the shape (${shape.join(', ')})`);
  }
  const order = elements[dtype].size === 1 ? '|' : '<';
  const tuple = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  const text = `{'descr': '${order}${typeString[dtype]}', 'fortran_order': False, 'shape': (${tuple}), }`;
  const start = Math.ceil((10 + text.length + 1) / 64) * 64;
  const header = Buffer.alloc(start, ' ');
  header.set(magic);
  header.writeUInt8(1, 6);
  header.writeUInt8(0, 7);
  header.writeUInt16LE(start - 10, 8);
  header.write(text, 10, 'latin1');
  header.write('\n', start - 1);
  return Buffer.concat([header, bytesOf(data)]);
}

/**
 * Reads a .npy file.
 * @throws UserError naming the file and its fault.
 */
export function readNpy(path: string): NdArray {
  const bytes = readBytes(path, 'array');
  return namingFile(path, () => decodeNpy(bytes));
}

/**
 * Writes a .npy file through a temporary name.
 * @throws UserError where the path cannot be written.
 */
export function writeNpy(path: string, array: NdArray): void {
  writeFileAtomic(path, encodeNpy(array));
}
