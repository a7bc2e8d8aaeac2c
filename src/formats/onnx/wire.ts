/** @file Reads one protobuf message by a table of its fields, with errors that say where. */
// Whatever two readers of protobuf could read differently is refused by name: a field that may occur once given twice
// (the last one counts, or messages are merged), a known field with a foreign wire type (skipped by some), groups.
import protobuf from 'protobufjs/minimal.js';
import { UserError } from '../userError.ts';

type Reader = protobuf.Reader;

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

/** A 64-bit integer as protobufjs reads it: its two halves. */
export type Wide = Exclude<ReturnType<Reader['int64']>, number>;

/** How values of a type are read, and their wire type. */
const types = {
  /** UTF-8. */
  text: type(delimited, (reader) => textOf(reader.bytes())),
  /** Bytes, or a message; a view. */
  bytes: type(delimited, (reader) => reader.bytes()),
  /** A message, any number of times, of which only is known that it was there. */
  presence: type(delimited, (reader) => {
    reader.skipType(delimited, 0, 1);
    return true as const;
  }),
  /** int64; beyond ±2^53 rounded. */
  int: type(varint, (reader) => Number(reader.int64())),
  /** A whole number of 32 bits, or of an enumeration. */
  int32: type(varint, narrow),
  /** int64 or uint64 with all its bits. */
  wide: type(varint, (reader) => reader.int64()),
  float: type(fixed32, (reader) => reader.float()),
  double: type(fixed64, (reader) => reader.double()),
};

interface Type<R> {
  readonly wire: number;
  readonly read: (reader: Reader) => R;
}

function type<R>(wire: number, read: (reader: Reader) => R): Type<R> {
  return { wire, read };
}

type TypeName = keyof typeof types;

/** Protobuf's number of a field, and its type; `[]`: any number of values, where numbers may be packed. */
export type Field = readonly [number: number, type: TypeName | `${TypeName}[]`];
export type Fields = Readonly<Record<string, Field>>;

type ReadAs<T> = T extends TypeName ? ReturnType<(typeof types)[T]['read']> : never;

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
  /** Where tensors find what they keep in other files; absent: such tensors are refused. */
  readonly external?: ExternalReader | undefined;
}

/** Where a tensor says that its bytes lie. */
export interface ExternalPlace {
  /** Path relative to the model's folder. */
  readonly location: string;
  readonly offset: number;
  /** Absent: as many as the tensor needs. */
  readonly length?: number;
}

/** @param needed bytes of the tensor. @throws UserError where they cannot be read */
export type ExternalReader = (at: ExternalPlace, needed: number) => Uint8Array;

/** A UserError about the file's content at `place`. */
export function modelError(place: string, fault: string): UserError {
  return new UserError(`Not a readable ONNX model: ${place}: ${fault}`);
}

const readerOf = (bytes: Uint8Array): Reader =>
  protobuf.Reader.create(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length));

interface KnownField extends Type<unknown> {
  readonly name: string;
  readonly list: boolean;
  /** May occur any number of times. */
  readonly repeated: boolean;
}

const tables = new WeakMap<Fields, ReadonlyMap<number, KnownField>>();

/** The fields of a message by number; made once a message. */
function tableOf(fields: Fields): ReadonlyMap<number, KnownField> {
  let table = tables.get(fields);
  if (table === undefined) {
    table = new Map(
      Object.entries(fields).map(([name, [number, typeName]]) => {
        const list = typeName.endsWith('[]');
        const known: Type<unknown> = types[typeName.replace('[]', '') as TypeName];
        return [number, { ...known, name, list, repeated: list || typeName === 'presence' }];
      }),
    );
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
  const table = tableOf(fields);
  const found: Record<string, unknown> = {};
  for (const { name, list } of table.values()) if (list) found[name] = [];
  const seen = new Set<number>();
  const reader = readerOf(bytes);
  try {
    while (reader.pos < reader.len) {
      const tag = reader.tag();
      const [number, wire] = [tag >>> 3, tag & 7];
      if (number === 0 || wireNames[wire] === undefined)
        throw modelError(place, `at byte ${reader.pos} there is no field of a kind that ONNX has.`);
      const field = table.get(number);
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
