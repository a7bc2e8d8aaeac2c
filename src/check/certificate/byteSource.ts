/** @file Bytes that arrive in pieces, decoded as they come; only what is being decoded is held. */
import { CheckFailure } from '../failure.ts';
import { joined } from '../files/wire.ts';

/** Reads numbers of the bytes at hand. */
export interface Cursor {
  byte(): number;
  /** LEB128 without sign, below 2^32. @throws CheckFailure step-malformed */
  varint(): number;
  /** A view of that many bytes. */
  view(length: number): DataView;
  /** A count of numbers, or of things made of them, of so many bytes each at least. @throws CheckFailure count-too-large */
  count(what: 'numbers' | 'things', leastBytes: number): number;
}

/** Bytes, and things made of them, in one go, at most: the memory that a file can ask for. */
const maxHeld = 1 << 26;
const maxThings = 1 << 20;

/** Says that a decoder has come to the end of what is at hand. */
const short = new Error('more bytes are needed');

export type ByteSource = ReturnType<typeof byteSource>;

/** @throws CheckFailure truncated, in `decode` */
export function byteSource(chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>) {
  const iterator =
    Symbol.asyncIterator in chunks ? chunks[Symbol.asyncIterator]() : chunks[Symbol.iterator]();
  let held = new Uint8Array(0);
  let [start, at, before, things] = [0, 0, 0, 0];
  /** Keeps what is not decoded yet, and adds at least as much again, so that decoding anew stays linear. */
  const more = async (): Promise<boolean> => {
    const pieces = [held.subarray(start)];
    const old = pieces[0].length;
    for (let size = old; size === 0 || size < 2 * old; size += pieces.at(-1)!.length) {
      const next = await iterator.next();
      if (next.done) break;
      pieces.push(next.value as Uint8Array<ArrayBuffer>);
    }
    before += start;
    [held, start] = [joined(pieces), 0];
    return held.length > old;
  };
  /** Goes over bytes. @returns where they begin */
  const pass = (size: number): number => {
    if (at - start + size > maxHeld)
      throw new CheckFailure('count-too-large', `More than ${maxHeld} bytes in one step.`);
    if (at + size > held.length) throw short;
    at += size;
    return at - size;
  };
  const cursor: Cursor = {
    byte: () => held[pass(1)],
    varint() {
      let value = 0;
      for (let unit = 1; unit <= 2 ** 28; unit *= 128) {
        const byte = held[pass(1)];
        value += (byte & 127) * unit;
        if (byte < 128 && value < 2 ** 32) return value;
      }
      throw new CheckFailure('step-malformed', 'A number of 32 bits or more.');
    },
    view: (length) => new DataView(held.buffer, pass(length), length),
    count(what, leastBytes) {
      const count = cursor.varint();
      if (what === 'things') things += count;
      if (things > maxThings)
        throw new CheckFailure('count-too-large', `More than ${maxThings} parts of a step.`);
      at = pass(count * leastBytes);
      return count;
    },
  };
  return {
    /** What `read` makes of the bytes to come; it is called again from their start where it needs more. */
    async decode<T>(read: (cursor: Cursor) => T): Promise<T> {
      for (;;) {
        [at, things] = [start, 0];
        try {
          const value = read(cursor);
          start = at;
          return value;
        } catch (error) {
          if (error !== short) throw error;
        }
        if (!(await more()))
          throw new CheckFailure(
            'truncated',
            `The file ends after ${before + held.length} bytes, within a step.`,
          );
      }
    },
    /** Whether nothing is left. */
    ended: async (): Promise<boolean> => start === held.length && !(await more()),
    /** Bytes decoded so far. */
    get taken() {
      return before + start;
    },
  };
}
