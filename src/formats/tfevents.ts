/** @file TensorBoard event files: scalars over steps. */
import { appendFileSync, statSync } from 'node:fs';
import protobuf from 'protobufjs/minimal.js';
import { systemFault } from './systemFault.ts';
import { UserError } from './userError.ts';

/** Scalars at one step. */
export interface ScalarEvent {
  readonly step: number;
  /** Seconds since 1970, handed in by who knows the time. */
  readonly wallTimeSeconds: number;
  /** Tag, e.g. `certified/accuracy` → value; stored as f32. */
  readonly scalars: Readonly<Record<string, number>>;
}

/** Remainders of each byte by the Castagnoli polynomial, bits reversed. */
const crcTable = Uint32Array.from({ length: 256 }, (_, byte) => {
  let remainder = byte;
  for (let bit = 0; bit < 8; bit++) remainder = (remainder >>> 1) ^ (remainder & 1 ? 0x82f63b78 : 0);
  return remainder;
});

/** CRC-32C of the bytes (RFC 3720, appendix B.4). */
export function crc32c(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = (crc >>> 8) ^ crcTable[(crc ^ byte) & 255];
  return (crc ^ 0xffffffff) >>> 0;
}

/** Rotated by 15 bits and shifted by a constant, as the record format wants it. */
function maskedCrc(bytes: Uint8Array): number {
  const crc = crc32c(bytes);
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}

/** One record: length, checksum of the length, data, checksum of the data. */
function record(data: Uint8Array): Uint8Array {
  const result = Buffer.alloc(16 + data.length);
  result.writeBigUInt64LE(BigInt(data.length), 0);
  result.writeUInt32LE(maskedCrc(result.subarray(0, 8)), 8);
  result.set(data, 12);
  result.writeUInt32LE(maskedCrc(data), 12 + data.length);
  return result;
}

/** Protobuf tags (field number times 8 plus wire type) of the messages Event, Summary and Summary.Value. */
const tag = { wallTime: 9, step: 16, fileVersion: 26, summary: 42, value: 10, name: 10, simpleValue: 21 };

/** The record that a file begins with. */
export function encodeFileVersion(wallTimeSeconds: number): Uint8Array {
  const writer = protobuf.Writer.create();
  writer.uint32(tag.wallTime).double(wallTimeSeconds);
  writer.uint32(tag.fileVersion).string('brain.Event:2');
  return record(writer.finish());
}

/** The record of one event. */
export function encodeScalarEvent({ step, wallTimeSeconds, scalars }: ScalarEvent): Uint8Array {
  const writer = protobuf.Writer.create();
  writer.uint32(tag.wallTime).double(wallTimeSeconds);
  writer.uint32(tag.step).int64(step);
  writer.uint32(tag.summary).fork();
  for (const [name, value] of Object.entries(scalars)) {
    writer
      .uint32(tag.value)
      .fork()
      .uint32(tag.name)
      .string(name)
      .uint32(tag.simpleValue)
      .float(value)
      .ldelim();
  }
  writer.ldelim();
  return record(writer.finish());
}

/**
 * Appends events to a file, which is begun where it is absent or empty. TensorBoard finds files whose name contains
 * `tfevents`.
 * @throws UserError where the file cannot be written.
 */
export function appendEvents(path: string, events: readonly ScalarEvent[]): void {
  if (events.length === 0) return;
  const records = events.map(encodeScalarEvent);
  try {
    const begun = (statSync(path, { throwIfNoEntry: false })?.size ?? 0) > 0;
    if (!begun) records.unshift(encodeFileVersion(events[0].wallTimeSeconds));
    appendFileSync(path, Buffer.concat(records));
  } catch (error) {
    throw new UserError(`Cannot write ${path}: ${systemFault(error)}.`);
  }
}
