/** @file Tensors of an ONNX file: their elements as f64 numbers, whichever field they are stored in. */
import { CheckFailure } from '../failure.ts';
import type { Message } from './wire.ts';

/** An f16 number from its bits. */
function half(bits: number): number {
  const [sign, exponent, fraction] = [bits & 0x8000 ? -1 : 1, (bits >> 10) & 31, bits & 1023];
  if (exponent === 31) return fraction ? Number.NaN : sign * Infinity;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25));
}

const scratch = new DataView(new ArrayBuffer(4));

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

/** By `data_type`: the type, bytes of an element, the field for elements that are not raw, the element at a byte. */
const layouts = {
  1: ['float32', 4, 4, (view: DataView, at: number) => view.getFloat32(at, true)],
  2: ['uint8', 1, 5, (view: DataView, at: number) => view.getUint8(at)],
  3: ['int8', 1, 5, (view: DataView, at: number) => view.getInt8(at)],
  4: ['uint16', 2, 5, (view: DataView, at: number) => view.getUint16(at, true)],
  5: ['int16', 2, 5, (view: DataView, at: number) => view.getInt16(at, true)],
  6: ['int32', 4, 5, (view: DataView, at: number) => view.getInt32(at, true)],
  7: ['int64', 8, 7, (view: DataView, at: number) => wholeNumber(view.getBigInt64(at, true))],
  9: ['bool', 1, 5, (view: DataView, at: number) => view.getUint8(at)],
  10: ['float16', 2, 5, (view: DataView, at: number) => half(view.getUint16(at, true))],
  11: ['float64', 8, 10, (view: DataView, at: number) => view.getFloat64(at, true)],
  12: ['uint32', 4, 11, (view: DataView, at: number) => view.getUint32(at, true)],
  13: ['uint64', 8, 11, (view: DataView, at: number) => wholeNumber(view.getBigUint64(at, true))],
  16: ['bfloat16', 2, 5, (view: DataView, at: number) => bfloat(view.getUint16(at, true))],
} as const;
type Layout = (typeof layouts)[keyof typeof layouts];

export type ElementType = Layout[0];

/** Numbers of a file. */
export interface Constant {
  readonly shape: readonly number[];
  readonly type: ElementType;
  /** Exact; integers beyond ±2^53 are ±Infinity, which only the ends of a slice may be. */
  readonly values: Float64Array;
}

/** What a `data_type` number stands for. @throws CheckFailure model-unknown */
export function layoutOf(code: bigint | undefined, place: string): Layout {
  const layout = (layouts as Readonly<Record<string, Layout>>)[String(code)];
  if (layout === undefined) throw new CheckFailure('model-unknown', `${place}: element type ${code ?? 0}.`);
  return layout;
}

/** Elements as `raw_data` has them, from the field that is there for their type. */
function bytesOf(found: Message, [type, size, field]: Layout): Uint8Array {
  if (field === 4 || field === 10) return found.numbers(field, field === 4 ? 4 : 8);
  const fits = type.startsWith('int') ? BigInt.asIntN : BigInt.asUintN;
  const numbers = found.ints(field).map((n) => (field === 11 ? BigInt.asUintN(64, n) : n));
  const view = new DataView(new ArrayBuffer(numbers.length * size + 8));
  numbers.forEach((n, i) => {
    if (fits(8 * size, n) !== n) found.fail(`${n} is no ${type}`);
    view.setBigUint64(i * size, BigInt.asUintN(64, n), true);
  });
  return new Uint8Array(view.buffer, 0, numbers.length * size);
}

/** A TensorProto. @throws CheckFailure model-malformed; model-unknown for external data and other element types */
export function readTensor(found: Message): Constant {
  if (found.has(3, 6, 13) || (found.int(14) ?? 0n) !== 0n)
    throw new CheckFailure(
      'model-unknown',
      `${found.place}: external data, segments and texts are not read.`,
    );
  const layout = layoutOf(found.int(2), found.place);
  const [type, size, field, at] = layout;
  const shape = found.ints(1).map(wholeNumber);
  const count = shape.reduce((product, length) => product * length, 1);
  if (!shape.every((length) => length >= 0 && Number.isSafeInteger(length)) || !Number.isSafeInteger(count))
    found.fail('a shape that is none');
  const raw = found.bytes(9);
  if ([4, 5, 7, 10, 11].some((other) => found.has(other) && (raw || other !== field)))
    found.fail(`elements in two places, or in another's`);
  const bytes = raw ?? bytesOf(found, layout);
  if (bytes.length !== count * size) found.fail(`${bytes.length / size} elements, but ${count} by its shape`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const values = new Float64Array(count).map((_, i) => at(view, i * size));
  if (type === 'bool' && values.some((value) => value > 1))
    found.fail('truth values that are neither 0 nor 1');
  return { shape, type, values };
}
