/** @file The bytes of Python pickles, read one after the other. */

/** Reads on behind a pickle's end, so that several may follow each other. Throws `RangeError` beyond the last byte. */
export class PickleReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #position = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get length(): number {
    return this.#bytes.length;
  }

  get position(): number {
    return this.#position;
  }

  /** Where the next `length` bytes begin; they are then behind. */
  #pass(length: number): number {
    if (!(length >= 0)) throw new RangeError('negative length');
    const start = this.#position;
    if (length > this.#bytes.length - start)
      throw new RangeError(`${length} bytes are wanted where ${this.#bytes.length - start} are left`);
    this.#position = start + length;
    return start;
  }

  byte(): number {
    return this.#bytes[this.#pass(1)];
  }

  uint16(): number {
    return this.#view.getUint16(this.#pass(2), true);
  }

  int32(): number {
    return this.#view.getInt32(this.#pass(4), true);
  }

  uint32(): number {
    return this.#view.getUint32(this.#pass(4), true);
  }

  /** As a number: beyond 2^53 it is rounded, and no length of anything. */
  uint64(): number {
    return Number(this.#view.getBigUint64(this.#pass(8), true));
  }

  /** Big-endian, as pickles have it. */
  float64(): number {
    return this.#view.getFloat64(this.#pass(8), false);
  }

  /** A view, not a copy. */
  bytes(length: number): Uint8Array {
    const start = this.#pass(length);
    return this.#bytes.subarray(start, start + length);
  }

  text(length: number, encoding: 'utf8' | 'latin1'): string {
    const { buffer, byteOffset, byteLength } = this.bytes(length);
    return Buffer.from(buffer, byteOffset, byteLength).toString(encoding);
  }

  /** A line without its end. */
  line(): string {
    const end = this.#bytes.indexOf(0x0a, this.#position);
    if (end < 0) throw new RangeError('a line does not end');
    const text = this.text(end - this.#position, 'latin1');
    this.#pass(1);
    return text;
  }

  /** A little-endian two's complement integer of so many bytes, at most eight. */
  integer(length: number): number | bigint {
    if (length > 8) throw new RangeError(`an integer of ${length} bytes; at most 8 are read`);
    let bits = 0n;
    this.bytes(length).forEach((byte, at) => (bits |= BigInt(byte) << BigInt(8 * at)));
    const value = BigInt.asIntN(8 * length, bits);
    return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  }
}
