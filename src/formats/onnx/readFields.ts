/** @file Walks the fields of one protobuf message, with errors that say where in the file. */
import protobuf from 'protobufjs/minimal.js';
import { UserError } from '../userError.ts';

/** protobufjs's reader of one message's bytes. */
export type Reader = protobuf.Reader;

/** Wire type of length-delimited fields: strings, bytes, messages and packed lists. */
export const delimited = 2;

/** The message being read: its bytes, and its path from the file's top for error texts, e.g. `graph.node[3]`. */
export interface Message {
  readonly bytes: Uint8Array;
  readonly place: string;
}

/** A UserError about the file's content at `place`. */
export function modelError(place: string, fault: string): UserError {
  return new UserError(`Not a readable ONNX model: ${place}: ${fault}`);
}

/**
 * Calls `onField` for every field of the message in file order; a field it does not take (false) is skipped.
 * Nested messages are views into the same bytes, so the whole file is walked once.
 * @throws UserError naming the place and byte of a truncated or malformed field.
 */
export function readFields(
  { bytes, place }: Message,
  onField: (number: number, wire: number, reader: Reader) => boolean,
): void {
  const reader = protobuf.Reader.create(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length));
  try {
    while (reader.pos < reader.len) {
      const tag = reader.tag();
      if (!onField(tag >>> 3, tag & 7, reader)) reader.skipType(tag & 7, 0, tag >>> 3);
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

/** A varint as a number; beyond ±2^53 rounded. */
export function readInt(reader: Reader): number {
  return Number(reader.int64());
}

/** Appends a repeated integer field, packed or one by one. */
export function readInts(reader: Reader, wire: number, into: number[]): void {
  if (wire !== delimited) into.push(readInt(reader));
  else for (const value of reader.int64s()) into.push(Number(value));
}

/** Appends a repeated f32 field, packed or one by one. */
export function readFloats(reader: Reader, wire: number, into: number[]): void {
  if (wire === delimited) reader.floats(into);
  else into.push(reader.float());
}
