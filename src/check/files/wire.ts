/** @file Protobuf: the fields of one message. What two readers could read differently is refused. */
import { CheckFailure } from '../failure.ts';

/** How a field's numbers are stored; 2: its length, then texts, messages, or numbers one after the other. */
type Wire = 0 | 1 | 2 | 5;

interface Cursor {
  readonly bytes: Uint8Array;
  at: number;
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Pieces of bytes one after the other. */
export function joined(pieces: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  pieces.reduce((to, piece) => (all.set(piece, to), to + piece.length), 0);
  return all;
}

/** A message whose fields are asked for by number. @throws CheckFailure model-malformed */
export class Message {
  readonly place: string;
  /** By field: the bytes of every value. */
  readonly #values = new Map<number, { readonly wire: number; readonly body: Uint8Array }[]>();

  /** @param place where it stands, for texts of failures */
  constructor(bytes: Uint8Array, place: string) {
    this.place = place;
    for (const cursor = { bytes, at: 0 }; cursor.at < bytes.length;) {
      const tag = this.#varint(cursor);
      const [field, wire] = [Number(tag >> 3n), Number(tag & 7n)];
      const first = cursor.at;
      if (field === 0 || ![0, 1, 2, 5].includes(wire)) this.fail('no field of a kind that ONNX has');
      const size = wire === 2 || wire === 0 ? Number(this.#varint(cursor)) : wire === 1 ? 8 : 4;
      const body = wire === 0 ? bytes.subarray(first, cursor.at) : this.#take(cursor, size);
      const known = this.#values.get(field) ?? [];
      this.#values.set(field, known);
      known.push({ wire, body });
    }
  }

  fail(what: string): never {
    throw new CheckFailure('model-malformed', `ONNX file, ${this.place}: ${what}.`);
  }

  #take(cursor: Cursor, size: number): Uint8Array {
    if (size > cursor.bytes.length - cursor.at) this.fail('it is cut off');
    cursor.at += size;
    return cursor.bytes.subarray(cursor.at - size, cursor.at);
  }

  #varint(cursor: Cursor): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const [byte] = this.#take(cursor, 1);
      value |= BigInt(byte & 127) << shift;
      if (byte < 128 && value < 1n << 64n) return value;
    }
    return this.fail('a number of more than 64 bits');
  }

  /** The bytes of a field's values; of a list of numbers, some may be together. */
  #bodies(field: number, wire: Wire, isList = false): Uint8Array[] {
    return (this.#values.get(field) ?? []).map((value) =>
      value.wire === wire || (isList && value.wire === 2)
        ? value.body
        : this.fail(`field ${field} is stored as something else`),
    );
  }

  #single<T>(field: number, values: readonly T[]): T | undefined {
    return values.length > 1 ? this.fail(`field ${field} is given twice`) : values[0];
  }

  /** Whether any of the fields is there. */
  has(...fields: number[]): boolean {
    return fields.some((field) => this.#values.get(field)?.some(({ body }) => body.length > 0));
  }

  ints(field: number, isList = true): bigint[] {
    return this.#bodies(field, 0, isList).flatMap((bytes) => {
      const numbers: bigint[] = [];
      for (const cursor = { bytes, at: 0 }; cursor.at < bytes.length;)
        numbers.push(BigInt.asIntN(64, this.#varint(cursor)));
      return numbers;
    });
  }

  int(field: number): bigint | undefined {
    return this.#single(field, this.ints(field, false));
  }

  /** Numbers of 4 or 8 bytes, as they are stored. */
  numbers(field: number, size: 4 | 8): Uint8Array {
    const bodies = this.#bodies(field, size === 4 ? 5 : 1, true);
    if (bodies.some(({ length }) => length % size !== 0)) this.fail(`field ${field} ends within a number`);
    return joined(bodies);
  }

  floats(field: number): number[] {
    const view = new DataView(this.numbers(field, 4).buffer);
    return Array.from({ length: view.byteLength / 4 }, (_, i) => view.getFloat32(4 * i, true));
  }

  float(field: number): number | undefined {
    this.#bodies(field, 5);
    return this.#single(field, this.floats(field));
  }

  bytes(field: number): Uint8Array | undefined {
    return this.#single(field, this.#bodies(field, 2));
  }

  texts(field: number): string[] {
    return this.#bodies(field, 2).map((body) => {
      try {
        return utf8.decode(body);
      } catch {
        return this.fail('a text that is not UTF-8');
      }
    });
  }

  text(field: number): string | undefined {
    return this.#single(field, this.texts(field));
  }

  /** @param place where each stands, of its number and of what is around it */
  messages(field: number, place = (_index: number): string => this.place): Message[] {
    return this.#bodies(field, 2).map((body, i) => new Message(body, place(i)));
  }

  message(field: number): Message | undefined {
    return this.#single(field, this.messages(field));
  }
}
