/** @file Tensors of an ONNX file: their elements as f64 numbers, whichever field they are stored in. */
import { CheckFailure } from '../failure.ts';
import type { Constant, ElementType } from './model.ts';
import { readMessage, type Fields } from './wire.ts';

const fields = {
  dims: [1, 'int', 'many'],
  type: [2, 'int'],
  segment: [3, 'present'],
  floats: [4, 'float', 'many'],
  ints32: [5, 'int', 'many'],
  texts: [6, 'present'],
  ints64: [7, 'int', 'many'],
  name: [8, 'text'],
  raw: [9, 'bytes'],
  doubles: [10, 'double', 'many'],
  uints64: [11, 'int', 'many'],
  external: [13, 'present'],
  location: [14, 'int'],
} as const satisfies Fields;

/** An f16 number from its bits. */
function half(bits: number): number {
  const [sign, exponent, fraction] = [bits & 0x8000 ? -1 : 1, (bits >> 10) & 31, bits & 1023];
  if (exponent === 31) return fraction ? Number.NaN : sign * Infinity;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25));
}

const scratch = new DataView(new ArrayBuffer(8));

/** The f32 number whose upper 16 bits these are: bf16. */
export function bfloat(bits: number): number {
  scratch.setUint32(0, bits * 65536);
  return scratch.getFloat32(0);
}

/** An integer as it is, or ±Infinity beyond ±2^53. */
export function wholeNumber(value: bigint): number {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : number * Infinity;
}

/** The element that begins at a byte. */
type At = (view: DataView, at: number) => number;
type Stored = 'floats' | 'ints32' | 'ints64' | 'doubles' | 'uints64';

/** By `data_type`: the type, bytes of an element, the field for elements that are not raw. */
const layouts: ReadonlyMap<number, readonly [ElementType, size: number, Stored, At]> = new Map([
  [1, ['float32', 4, 'floats', (v, at) => v.getFloat32(at, true)]],
  [2, ['uint8', 1, 'ints32', (v, at) => v.getUint8(at)]],
  [3, ['int8', 1, 'ints32', (v, at) => v.getInt8(at)]],
  [4, ['uint16', 2, 'ints32', (v, at) => v.getUint16(at, true)]],
  [5, ['int16', 2, 'ints32', (v, at) => v.getInt16(at, true)]],
  [6, ['int32', 4, 'ints32', (v, at) => v.getInt32(at, true)]],
  [7, ['int64', 8, 'ints64', (v, at) => wholeNumber(v.getBigInt64(at, true))]],
  [9, ['bool', 1, 'ints32', (v, at) => v.getUint8(at)]],
  [10, ['float16', 2, 'ints32', (v, at) => half(v.getUint16(at, true))]],
  [11, ['float64', 8, 'doubles', (v, at) => v.getFloat64(at, true)]],
  [12, ['uint32', 4, 'uints64', (v, at) => v.getUint32(at, true)]],
  [13, ['uint64', 8, 'uints64', (v, at) => wholeNumber(v.getBigUint64(at, true))]],
  [16, ['bfloat16', 2, 'ints32', (v, at) => bfloat(v.getUint16(at, true))]],
]);

/** The type of a `data_type` number. @throws CheckFailure model-unknown */
export function elementType(code: bigint | undefined, place: string): ElementType {
  const layout = layouts.get(Number(code));
  if (layout === undefined) throw new CheckFailure('model-unknown', `${place}: element type ${code ?? 0}.`);
  return layout[0];
}

/**
 * A TensorProto: its name and elements.
 * @throws CheckFailure model-malformed; model-unknown for external data and other element types
 */
export function readTensor(bytes: Uint8Array, where: string): [name: string, constant: Constant] {
  const found = readMessage(bytes, fields, where);
  const { name = '', raw } = found;
  const place = `${where} '${name}'`;
  const malformed = (what: string): never => {
    throw new CheckFailure('model-malformed', `${place}: ${what}.`);
  };
  if (found.external || (found.location ?? 0n) !== 0n || found.segment || found.texts)
    throw new CheckFailure('model-unknown', `${place}: external data, segments and texts are not read.`);
  elementType(found.type, place);
  const [type, size, stored, at] = layouts.get(Number(found.type))!;
  const shape = found.dims.map(wholeNumber);
  const count = shape.reduce((product, length) => product * length, 1);
  if (!shape.every((length) => length >= 0 && Number.isSafeInteger(length)) || !Number.isSafeInteger(count))
    malformed('a shape that is none');
  for (const other of ['floats', 'ints32', 'ints64', 'doubles', 'uints64'] as const)
    if (found[other].length > 0 && (raw || other !== stored))
      malformed(`elements in two places, or in another's`);
  const length = raw ? raw.length / size : found[stored].length;
  if (length !== count) malformed(`${length} elements where its shape has ${count}`);
  const element = (value: number | bigint): number => {
    if (typeof value === 'number') return value;
    scratch.setBigInt64(0, value, true);
    const read = at(scratch, 0);
    const isBits = type.endsWith('float16');
    const whole = stored === 'uints64' ? BigInt.asUintN(64, value) : value;
    if (isBits ? value < 0n || value > 65535n : read !== wholeNumber(whole))
      malformed(`${value} is no ${type}`);
    return read;
  };
  const view = raw && new DataView(raw.buffer, raw.byteOffset, raw.length);
  const values = view
    ? new Float64Array(count).map((_, i) => at(view, i * size))
    : Float64Array.from<number | bigint>(found[stored], element);
  if (type === 'bool' && values.some((value) => value > 1))
    malformed('truth values that are neither 0 nor 1');
  return [name, { shape, type, values }];
}
