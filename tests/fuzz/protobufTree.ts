/** @file The fields of an ONNX file as a tree that can be changed anywhere and written again, legal or not. */
import protobuf from 'protobufjs/minimal.js';

/** One field: a number or bytes, or the fields of a message. */
export interface Field {
  number: number;
  wire: number;
  /** Wire types 0, 1 and 5. */
  value: bigint;
  /** Wire type 2 without fields. */
  bytes: Uint8Array;
  /** What kind of message the fields make; '' for none. */
  kind: string;
  fields: Field[];
}

/** Message kind → field number → kind of the message there. */
const nested: Readonly<Record<string, Readonly<Record<number, string>>>> = {
  model: { 7: 'graph', 8: 'opset' },
  graph: { 1: 'node', 5: 'tensor', 11: 'value', 12: 'value', 13: 'value' },
  node: { 5: 'attribute' },
  attribute: { 5: 'tensor' },
  value: { 2: 'type' },
  type: { 1: 'tensorType' },
  tensorType: { 2: 'shape' },
  shape: { 1: 'dimension' },
};

/** Reads a legal file. */
export function parseTree(bytes: Uint8Array, kind = 'model'): Field[] {
  const reader = protobuf.Reader.create(bytes);
  const fields: Field[] = [];
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    const field: Field = {
      number: tag >>> 3,
      wire: tag & 7,
      value: 0n,
      bytes: new Uint8Array(0),
      kind: '',
      fields: [],
    };
    if (field.wire === 0) field.value = BigInt(reader.int64().toString());
    else if (field.wire === 5) field.value = BigInt(reader.fixed32());
    else if (field.wire === 1) field.value = BigInt(reader.fixed64().toString());
    else {
      field.bytes = Uint8Array.from(reader.bytes());
      field.kind = nested[kind]?.[field.number] ?? '';
      if (field.kind !== '') field.fields = parseTree(field.bytes, field.kind);
    }
    fields.push(field);
  }
  return fields;
}

/** The file's bytes again. */
export function writeTree(fields: readonly Field[]): Uint8Array {
  const writer = protobuf.Writer.create();
  for (const { number, wire, value, bytes, kind, fields: inner } of fields) {
    writer.uint32(((number << 3) | wire) >>> 0);
    if (wire === 0) writer.int64(BigInt.asIntN(64, value).toString());
    else if (wire === 5) writer.fixed32(Number(BigInt.asUintN(32, value)));
    else if (wire === 1) writer.fixed64(BigInt.asUintN(64, value).toString());
    else writer.bytes(kind === '' ? bytes : writeTree(inner));
  }
  return writer.finish();
}
