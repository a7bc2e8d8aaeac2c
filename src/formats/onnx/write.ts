/** @file Writes the fields of protobuf messages, each value by itself, as the schema numbers them. */
import protobuf from 'protobufjs/minimal.js';
import { bytesOf } from '../ndArray.ts';
import type { Field } from './wire.ts';

export type Writer = protobuf.Writer;
/** The values of a field; undefined is left out. */
type Given<T> = readonly (T | undefined)[];

function each<T>(wire: 0 | 2 | 5, put: (writer: Writer, value: T) => void) {
  return (writer: Writer, [number]: Field, values: Given<T>): void => {
    for (const value of values) if (value !== undefined) put(writer.uint32(number * 8 + wire), value);
  };
}

export const text = each<string>(2, (writer, value) => writer.string(value));
export const bytes = each<Uint8Array>(2, (writer, value) => writer.bytes(value));
export const float = each<number>(5, (writer, value) => writer.float(value));

/** As int64, clamped to its range: f64 cannot hold 2^63 − 1, and 2^63 itself would wrap around. */
export const int = each<number>(0, (writer, value) => {
  if (value >= 2 ** 63) writer.int64('9223372036854775807');
  else if (value <= -(2 ** 63)) writer.int64('-9223372036854775808');
  else writer.int64(value);
});

/** Messages within one. */
export function inner<T>(
  writer: Writer,
  [number]: Field,
  values: Given<T>,
  write: (writer: Writer, value: T) => void,
): void {
  for (const value of values) {
    if (value === undefined) continue;
    write(writer.uint32(number * 8 + 2).fork(), value);
    writer.ldelim();
  }
}

/** The bytes of a message. */
export function written(write: (writer: Writer) => void): Uint8Array {
  const writer = protobuf.Writer.create();
  write(writer);
  return bytesOf(writer.finish());
}
