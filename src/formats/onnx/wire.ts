/** @file Reads and writes one protobuf message by a table of its fields, with errors that say where. */
// Whatever two readers of protobuf could read differently is refused by name: a field that may occur once given twice
// (the last one counts, or messages are merged), a known field with a foreign wire type (skipped by some), groups.
import protobuf from 'protobufjs/minimal.js';
import { UserError } from '../userError.ts';

type Reader = protobuf.Reader;
type Writer = protobuf.Writer;

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

/** A message to be written: see {@link message}. */
export type Written = (writer: Writer) => void;

/** A 64-bit integer as protobufjs reads it: its two halves. */
export type Wide = Exclude<ReturnType<Reader['int64']>, number>;

/** How values of a type cross: their wire type, and one value read and written. */
const types = {
  /** UTF-8. */
  text: type<string>(
    delimited,
    (reader) => textOf(reader.bytes()),
    (writer, value) => writer.string(value),
  ),
  /** Bytes, or a message; a view when read. */
  bytes: type<Uint8Array, Uint8Array | Written>(
    delimited,
    (reader) => reader.bytes(),
    (writer, value) => {
      if (typeof value !== 'function') return writer.bytes(value);
      value(writer.fork());
      return writer.ldelim();
    },
  ),
  /** A message, any number of times, of which only is known that it was there. */
  presence: type<true, never>(
    delimited,
    (reader) => {
      reader.skipType(delimited, 0, 1);
      return true;
    },
    (writer) => writer,
  ),
  /** int64; beyond ±2^53 rounded when read. */
  int: type<number>(varint, (reader) => Number(reader.int64()), writeInt),
  /** A whole number of 32 bits, or of an enumeration. */
  int32: type<number>(varint, narrow, writeInt),
  /** int64 or uint64 with all its bits. */
  wide: type<Wide, never>(
    varint,
    (reader) => reader.int64(),
    (writer) => writer,
  ),
  float: type<number>(
    fixed32,
    (reader) => reader.float(),
    (writer, value) => writer.float(value),
  ),
  double: type<number>(
    fixed64,
    (reader) => reader.double(),
    (writer, value) => writer.double(value),
  ),
};

interface Type<R, W> {
  readonly wire: number;
  readonly read: (reader: Reader) => R;
  readonly write: (writer: Writer, value: W) => Writer;
}

function type<R, W = R>(wire: number, read: Type<R, W>['read'], write: Type<R, W>['write']): Type<R, W> {
  return { wire, read, write };
}

type TypeName = keyof typeof types;

/** Protobuf's number of a field, and its type; `[]`: any number of values, where numbers may be packed. */
export type Field = readonly [number: number, type: TypeName | `${TypeName}[]`];
export type Fields = Readonly<Record<string, Field>>;

type ReadAs<T> = T extends TypeName ? ReturnType<(typeof types)[T]['read']> : never;
type WrittenAs<T> = T extends TypeName ? Parameters<(typeof types)[T]['write']>[1] : never;

/** Takes a field's bytes; what it returns stands for them, undefined for nothing. @param index how many came before */
type Decode = (bytes: Uint8Array, index: number) => unknown;

type ValueOf<F, D> = D extends (...args: never[]) => infer R ? NonNullable<R> : ReadAs<F>;

/** Values by field: lists, or undefined where a field that may occur once does not. */
export type Values<F extends Fields, D> = {
  readonly [K in keyof F]: F[K][1] extends `${infer T}[]`
    ? ValueOf<T, K extends keyof D ? D[K] : undefined>[]
    : ValueOf<F[K][1], K extends keyof D ? D[K] : undefined> | undefined;
};

/** The message being read: its bytes, and its path from the file's top for error texts, e.g. `graph.node[3]`. */
export interface Message {
  readonly bytes: Uint8Array;
  readonly place: string;
}

/** A UserError about the file's content at `place`. */
export function modelError(place: string, fault: string): UserError {
  return new UserError(`Not a readable ONNX model: ${place}: ${fault}`);
}

const readerOf = (bytes: Uint8Array): Reader =>
  protobuf.Reader.create(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length));

interface KnownField extends Type<unknown, unknown> {
  readonly name: string;
  readonly tag: number;
  readonly list: boolean;
  /** May occur any number of times. */
  readonly repeated: boolean;
}

/** The fields of a message by name and by number. */
interface Table {
  readonly byName: ReadonlyMap<string, KnownField>;
  readonly byNumber: ReadonlyMap<number, KnownField>;
}

const tables = new WeakMap<Fields, Table>();

/** Made once a message. */
function tableOf(fields: Fields): Table {
  let table = tables.get(fields);
  if (table === undefined) {
    const all = Object.entries(fields).map(([name, [number, typeName]]) => {
      const list = typeName.endsWith('[]');
      const known = types[typeName.replace('[]', '') as TypeName] as Type<unknown, unknown>;
      const repeated = list || typeName === 'presence';
      return { number, field: { ...known, name, tag: number * 8 + known.wire, list, repeated } };
    });
    table = {
      byName: new Map(all.map(({ field }) => [field.name, field])),
      byNumber: new Map(all.map(({ number, field }) => [number, field])),
    };
    tables.set(fields, table);
  }
  return table;
}

/**
 * Reads every field of the message in file order; numbers that are not in the table are skipped. Nested messages are
 * views into the same bytes and decoded on the way, so the whole file is walked once.
 * @throws UserError naming the place and byte of a truncated, malformed or ambiguous field
 */
export function read<F extends Fields, D extends { readonly [K in keyof F]?: Decode } = Record<never, never>>(
  { bytes, place }: Message,
  fields: F,
  decode: D = {} as D,
): Values<F, D> {
  const { byName, byNumber } = tableOf(fields);
  const found: Record<string, unknown> = {};
  for (const { name, list } of byName.values()) if (list) found[name] = [];
  const seen = new Set<number>();
  const reader = readerOf(bytes);
  try {
    while (reader.pos < reader.len) {
      const tag = reader.tag();
      const [number, wire] = [tag >>> 3, tag & 7];
      if (number === 0 || wireNames[wire] === undefined)
        throw modelError(place, `at byte ${reader.pos} there is no field of a kind that ONNX has.`);
      const field = byNumber.get(number);
      if (field === undefined) {
        reader.skipType(wire, 0, number);
        continue;
      }
      const packed = field.list && wire === delimited && field.wire !== delimited;
      if (wire !== field.wire && !packed)
        throw modelError(
          place,
          `its field ${field.name} has the wire type ${wireNames[wire]}, which readers take for different things.`,
        );
      if (seen.has(number) && !field.repeated)
        throw modelError(place, `its field ${field.name} is given twice; which one counts is not clear.`);
      seen.add(number);
      const list = found[field.name] as unknown[];
      if (packed) {
        const numbers = readerOf(reader.bytes());
        while (numbers.pos < numbers.len) list.push(field.read(numbers));
        continue;
      }
      const given = field.read(reader);
      const decoder = decode[field.name];
      const value = decoder ? decoder(given as Uint8Array, field.list ? list.length : 0) : given;
      if (!field.list) found[field.name] = value;
      else if (value !== undefined) list.push(value);
    }
  } catch (error) {
    if (error instanceof UserError) throw error;
    const cause = error instanceof RangeError ? 'it is cut off' : (error as Error).message;
    throw modelError(
      place,
      `${cause} at byte ${reader.pos} of its ${reader.len}. Is the file truncated or no ONNX file?`,
    );
  }
  return found as Values<F, D>;
}

/** Messages for a list, each made when it is written. */
export function* each<T>(values: Iterable<T>, write: (value: T) => Written): Iterable<Written> {
  for (const value of values) yield write(value);
}

/** A message of the values given, in the order of their keys; undefined is left out. Numbers are not packed. */
export function message<F extends Fields>(
  fields: F,
  values: {
    readonly [K in keyof F]?:
      | (F[K][1] extends `${infer T}[]` ? Iterable<WrittenAs<T>> : WrittenAs<F[K][1]>)
      | undefined;
  },
): Written {
  const { byName } = tableOf(fields);
  return (writer) => {
    for (const name in values) {
      const value: unknown = values[name];
      if (value === undefined) continue;
      const { tag, list, write } = byName.get(name)!;
      if (!list) write(writer.uint32(tag), value);
      else for (const one of value as Iterable<unknown>) write(writer.uint32(tag), one);
    }
  };
}

/** The bytes of a message. */
export function bytesOfMessage(written: Written): Uint8Array {
  const writer = protobuf.Writer.create();
  written(writer);
  return writer.finish();
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

/** Some readers cut larger numbers off, others do not. */
function narrow(reader: Reader): number {
  const value = Number(reader.int64());
  if (value !== (value | 0)) throw new Error(`the number ${value} is beyond 32 bits`);
  return value;
}

/** As int64, clamped to its range: f64 cannot hold 2^63 − 1, and 2^63 itself would wrap around. */
function writeInt(writer: Writer, value: number): Writer {
  if (value >= 2 ** 63) return writer.int64('9223372036854775807');
  if (value <= -(2 ** 63)) return writer.int64('-9223372036854775808');
  return writer.int64(value);
}
