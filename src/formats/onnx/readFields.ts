/** @file Walks the fields of one protobuf message by a table of what each may be, with errors that say where. */
// Whatever two readers of protobuf could read differently is refused by name: a field that may occur once given twice
// (the last one counts, or messages are merged), a known field with a foreign wire type (skipped by some), groups.
import protobuf from 'protobufjs/minimal.js';
import { UserError } from '../userError.ts';

/** protobufjs's reader of one message's bytes. */
export type Reader = protobuf.Reader;

const varint = 0;
const fixed64 = 1;
const delimited = 2;
const fixed32 = 5;

const wireNames: Readonly<Record<number, string>> = {
  [varint]: 'varint',
  [fixed64]: '64-bit',
  [delimited]: 'length-delimited',
  [fixed32]: '32-bit',
};

/** The message being read: its bytes, and its path from the file's top for error texts, e.g. `graph.node[3]`. */
export interface Message {
  readonly bytes: Uint8Array;
  readonly place: string;
}

/** What a field may be and who takes its values. */
export interface FieldReader {
  /** Wire types that a writer may choose from. */
  readonly wires: readonly number[];
  readonly repeated: boolean;
  readonly read: (reader: Reader, wire: number) => void;
}

/** A UserError about the file's content at `place`. */
export function modelError(place: string, fault: string): UserError {
  return new UserError(`Not a readable ONNX model: ${place}: ${fault}`);
}

const readerOf = (bytes: Uint8Array): Reader =>
  protobuf.Reader.create(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length));

/**
 * Reads every field of the message in file order; numbers that are not in `numbers`, and names without a reader, are
 * skipped. Nested messages are views into the same bytes, so the whole file is walked once.
 * @param numbers field names → protobuf numbers
 * @throws UserError naming the place and byte of a truncated, malformed or ambiguous field
 */
export function readFields(
  { bytes, place }: Message,
  numbers: Readonly<Record<string, number>>,
  readers: Readonly<Record<string, FieldReader>>,
): void {
  const known = new Map(Object.entries(readers).map(([name, field]) => [numbers[name], { name, ...field }]));
  const seen = new Set<number>();
  const reader = readerOf(bytes);
  try {
    while (reader.pos < reader.len) {
      const tag = reader.tag();
      const [number, wire] = [tag >>> 3, tag & 7];
      if (number === 0 || wireNames[wire] === undefined)
        throw modelError(place, `at byte ${reader.pos} there is no field of a kind that ONNX has.`);
      const field = known.get(number);
      if (field === undefined) {
        reader.skipType(wire, 0, number);
        continue;
      }
      if (!field.wires.includes(wire))
        throw modelError(
          place,
          `its field ${field.name} has the wire type ${wireNames[wire]}, which readers take for different things.`,
        );
      if (seen.has(number) && !field.repeated)
        throw modelError(place, `its field ${field.name} is given twice; which one counts is not clear.`);
      seen.add(number);
      field.read(reader, wire);
    }
  } catch (error) {
    if (error instanceof UserError) throw error;
    const cause = error instanceof RangeError ? 'it is cut off' : (error as Error).message;
    throw modelError(
      place,
      `${cause} at byte ${reader.pos} of its ${reader.len}. Is the file truncated or no ONNX file?`,
    );
  }
}

/** Names must be UTF-8: where others were replaced, two of them could become one. */
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function textOf(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch {
    throw new Error('a text is not UTF-8');
  }
}

/** A text, at most once. */
export const text = (take: (value: string) => void): FieldReader => ({
  wires: [delimited],
  repeated: false,
  read: (reader) => take(textOf(reader.bytes())),
});

/** Any number of texts. */
export const texts = (into: string[]): FieldReader => ({
  wires: [delimited],
  repeated: true,
  read: (reader) => void into.push(textOf(reader.bytes())),
});

/** Bytes or a message, at most once. */
export const bytesField = (take: (bytes: Uint8Array) => void): FieldReader => ({
  wires: [delimited],
  repeated: false,
  read: (reader) => take(reader.bytes()),
});

/** Any number of messages. */
export const messages = (take: (bytes: Uint8Array) => void): FieldReader => ({
  ...bytesField(take),
  repeated: true,
});

/** A whole number, at most once; int64 beyond ±2^53 is rounded. */
export const int = (take: (value: number) => void): FieldReader => ({
  wires: [varint],
  repeated: false,
  read: (reader) => take(Number(reader.int64())),
});

/** Some readers cut larger numbers off, others do not. */
function narrow(reader: Reader): number {
  const value = Number(reader.int64());
  if (value !== (value | 0)) throw new Error(`the number ${value} is beyond 32 bits`);
  return value;
}

/** A whole number of 32 bits, or of an enumeration, at most once. */
export const int32 = (take: (value: number) => void): FieldReader => ({
  ...int(take),
  read: (reader) => take(narrow(reader)),
});

/** An f32, at most once. */
export const float = (take: (value: number) => void): FieldReader => ({
  wires: [fixed32],
  repeated: false,
  read: (reader) => take(reader.float()),
});

/** Numbers that may be packed into one field or be fields of their own, in any mixture: all count, in order. */
const repeatedNumbers = (wire: number, readOne: (reader: Reader) => void): FieldReader => ({
  wires: [wire, delimited],
  repeated: true,
  read(reader, given) {
    if (given !== delimited) return readOne(reader);
    const packed = readerOf(reader.bytes());
    while (packed.pos < packed.len) readOne(packed);
  },
});

/** Whole numbers; int64 beyond ±2^53 is rounded. */
export const ints = (into: number[]): FieldReader =>
  repeatedNumbers(varint, (reader) => void into.push(Number(reader.int64())));

/** Whole numbers of 32 bits. */
export const int32s = (into: number[]): FieldReader =>
  repeatedNumbers(varint, (reader) => void into.push(narrow(reader)));

/** Whole numbers of 64 bits, all of them kept. */
export const wideInts = (take: (value: ReturnType<Reader['int64']>) => void): FieldReader =>
  repeatedNumbers(varint, (reader) => take(reader.int64()));

export const floats = (into: number[]): FieldReader =>
  repeatedNumbers(fixed32, (reader) => void into.push(reader.float()));

export const doubles = (into: number[]): FieldReader =>
  repeatedNumbers(fixed64, (reader) => void into.push(reader.double()));
