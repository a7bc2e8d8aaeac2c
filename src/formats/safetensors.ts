/** @file safetensors: a JSON header with offsets, then the tensors' bytes. */
import { writeFileAtomic } from './atomicWrite.ts';
import { elements } from './elements.ts';
import { bytesOf, elementCount, type Dtype, type NdArray } from './ndArray.ts';
import { namingFile, readBytes } from './readFile.ts';
import { UserError } from './userError.ts';

/** Named tensors and free strings beside them. */
export interface Safetensors {
  readonly tensors: ReadonlyMap<string, NdArray>;
  readonly metadata: Readonly<Record<string, string>>;
}

/** The format's own limit on the header, in bytes. */
const maxHeaderLength = 100_000_000;

const fileDtype: Readonly<Record<Dtype, string>> = {
  float32: 'F32',
  float64: 'F64',
  int32: 'I32',
  int64: 'I64',
  uint8: 'U8',
  bool: 'BOOL',
};
const dtypeOfFile = new Map(Object.entries(fileDtype).map(([dtype, name]) => [name, dtype as Dtype]));

interface Placed extends Omit<NdArray, 'data'> {
  readonly name: string;
  readonly begin: number;
  readonly end: number;
}

/** The header is padded with spaces, so that the data starts at a multiple of 8. */
function encodeChunks(
  tensors: Iterable<readonly [string, NdArray]>,
  metadata: Readonly<Record<string, string>>,
) {
  const header: [string, unknown][] = [];
  if (Object.keys(metadata).length > 0) header.push(['__metadata__', metadata]);
  // Widest elements first: each tensor then starts at a multiple of its own element size.
  const ordered = [...tensors].sort(
    ([nameA, a], [nameB, b]) =>
      elements[b.dtype].size - elements[a.dtype].size || (nameA < nameB ? -1 : nameA > nameB ? 1 : 0),
  );
  let offset = 0;
  for (const [name, { dtype, shape, data }] of ordered) {
    if (data.length !== elementCount(shape)) {
      throw new RangeError(
        `tensor ${name}: ${data.length} elements do not fill the shape [${shape.join(', ')}]`,
      );
    }
    const end = offset + data.byteLength;
    header.push([name, { dtype: fileDtype[dtype], shape, data_offsets: [offset, end] }]);
    offset = end;
  }
  // Not Object.fromEntries: a tensor may be called '__proto__', and number-like names would be reordered.
  const json = `{${header.map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`).join(',')}}`;
  const text = Buffer.from(json);
  const padded = Buffer.alloc(Math.ceil(text.length / 8) * 8, ' ');
  padded.set(text);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(padded.length));
  return [length, padded, ...ordered.map(([, { data }]) => bytesOf(data))];
}

/** The bytes of a .safetensors file; the same tensors in any order give the same bytes. */
export function encodeSafetensors(
  tensors: Iterable<readonly [string, NdArray]>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  return Buffer.concat(encodeChunks(tensors, metadata));
}

/**
 * Writes a .safetensors file through a temporary name.
 * @throws UserError where the path cannot be written.
 */
export function writeSafetensors(
  path: string,
  tensors: Iterable<readonly [string, NdArray]>,
  metadata: Readonly<Record<string, string>> = {},
): void {
  writeFileAtomic(path, encodeChunks(tensors, metadata));
}

function fail(message: string): never {
  throw new UserError(`Not a sound safetensors file: ${message}`);
}

function isSize(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function parseHeader(bytes: Uint8Array): { header: Record<string, unknown>; dataStart: number } {
  if (bytes.length < 8) fail(`it has ${bytes.length} bytes, fewer than the 8 of the header's length.`);
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const length = Number(buffer.readBigUInt64LE(0));
  if (length > maxHeaderLength)
    fail(`its header would have ${length} bytes; the format allows ${maxHeaderLength}.`);
  if (8 + length > bytes.length) {
    fail(
      `its header would have ${length} bytes, but only ${bytes.length - 8} follow. Is the file truncated?`,
    );
  }
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(buffer.subarray(8, 8 + length)));
  } catch (error) {
    fail(`its header is not JSON (${(error as Error).message}).`);
  }
  if (!isRecord(header)) fail('its header is not a JSON object.');
  return { header, dataStart: 8 + length };
}

function placeOf(name: string, entry: unknown, dataLength: number): Placed {
  if (!isRecord(entry)) fail(`the entry of tensor '${name}' is not an object.`);
  const { dtype: fileType, shape, data_offsets: offsets } = entry;
  const dtype = typeof fileType === 'string' ? dtypeOfFile.get(fileType) : undefined;
  if (dtype === undefined) {
    fail(
      `tensor '${name}' has the element type ${JSON.stringify(fileType)}; read are ${[...dtypeOfFile.keys()].join(', ')}.`,
    );
  }
  if (!Array.isArray(shape) || !shape.every(isSize))
    fail(`the shape of tensor '${name}' is not a list of sizes.`);
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isSize)) {
    fail(`data_offsets of tensor '${name}' is not [begin, end].`);
  }
  const [begin, end] = offsets;
  const wanted = elementCount(shape) * elements[dtype].size;
  if (end - begin !== wanted) {
    fail(
      `tensor '${name}', ${fileType} [${shape.join(', ')}], needs ${wanted} bytes, but data_offsets gives ${end - begin}.`,
    );
  }
  if (end > dataLength) {
    fail(`tensor '${name}' ends at byte ${end} of ${dataLength} bytes of data. Is the file truncated?`);
  }
  return { name, dtype, shape, begin, end };
}

/** The tensors must lie side by side, without holes or overlaps, and fill the file. */
function checkLayout(places: readonly Placed[], dataLength: number): void {
  let covered = 0;
  for (const { name, begin, end } of [...places].sort((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (begin < covered) fail(`tensor '${name}' overlaps the one before it (at byte ${begin} of the data).`);
    if (begin > covered)
      fail(`bytes ${covered} to ${begin} of the data, before tensor '${name}', belong to no tensor.`);
    covered = end;
  }
  if (covered !== dataLength) fail(`${dataLength - covered} bytes follow the last tensor.`);
}

/**
 * Reads the bytes of a .safetensors file. The tensors are views of `bytes` where their alignment allows it.
 * @throws UserError naming the fault: header, element type, offsets, overlap, truncated data.
 */
export function decodeSafetensors(bytes: Uint8Array): Safetensors {
  const { header, dataStart } = parseHeader(bytes);
  const { __metadata__: metadata = {}, ...entries } = header;
  if (!isRecord(metadata) || !Object.values(metadata).every((value) => typeof value === 'string')) {
    fail('__metadata__ is not a map of strings.');
  }
  const dataLength = bytes.length - dataStart;
  const places = Object.entries(entries).map(([name, entry]) => placeOf(name, entry, dataLength));
  checkLayout(places, dataLength);
  const tensors = new Map<string, NdArray>();
  for (const { name, dtype, shape, begin, end } of places) {
    const data = elements[dtype].read(bytes.subarray(dataStart + begin, dataStart + end));
    tensors.set(name, { dtype, shape, data });
  }
  return { tensors, metadata: metadata as Record<string, string> };
}

/**
 * Reads a .safetensors file.
 * @throws UserError naming the file and its fault.
 */
export function readSafetensors(path: string): Safetensors {
  const bytes = readBytes(path, 'checkpoint');
  return namingFile(path, () => decodeSafetensors(bytes));
}
