/** @file Protobuf: the fields of one message, by a table. What two readers could read differently is refused. */
import { CheckFailure } from '../failure.ts';

/** How a field's values are stored; of `present` only is known that it is there. */
interface Types {
  readonly int: bigint;
  readonly float: number;
  readonly double: number;
  readonly text: string;
  readonly bytes: Uint8Array;
  readonly present: true;
}

const wires: Record<keyof Types, number> = { int: 0, double: 1, text: 2, bytes: 2, present: 2, float: 5 };

/** Number of a field and its type; `many`: a list, of which numbers may be packed. */
export type Fields = Readonly<Record<string, readonly [number: number, type: keyof Types, many?: 'many']>>;

/** Values by field; of a list all of them. */
export type Values<F extends Fields> = {
  readonly [K in keyof F]: F[K] extends readonly [number, infer T extends keyof Types, 'many']
    ? Types[T][]
    : F[K] extends readonly [number, infer T extends keyof Types]
      ? Types[T] | undefined
      : never;
};

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** @param place where the message stands, for texts of failures @throws CheckFailure model-malformed */
export function readMessage<F extends Fields>(bytes: Uint8Array, fields: F, place: string): Values<F> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let at = 0;
  const fail = (what: string): never => {
    throw new CheckFailure('model-malformed', `ONNX file, ${place}, byte ${at} of ${bytes.length}: ${what}.`);
  };
  const advance = (size: number): number => {
    if (size > bytes.length - at) fail('it is cut off');
    at += size;
    return at - size;
  };
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = bytes[advance(1)];
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return value < 1n << 64n ? value : fail('a number of more than 64 bits');
    }
    return fail('a number of more than 64 bits');
  };
  const chunk = (): Uint8Array => {
    const size = Number(varint());
    const start = advance(size);
    return bytes.subarray(start, at);
  };
  const readers: { [T in keyof Types]: () => Types[T] } = {
    int: () => BigInt.asIntN(64, varint()),
    float: () => view.getFloat32(advance(4), true),
    double: () => view.getFloat64(advance(8), true),
    bytes: chunk,
    present: () => (chunk(), true),
    text() {
      try {
        return utf8.decode(chunk());
      } catch (error) {
        return error instanceof CheckFailure ? fail('it is cut off') : fail('a text that is not UTF-8');
      }
    },
  };
  const found = new Map<string, unknown>();
  const byNumber = new Map(Object.entries(fields).map(([name, field]) => [field[0], { name, field }]));
  for (const [name, field] of Object.entries(fields)) if (field[2]) found.set(name, []);
  while (at < bytes.length) {
    const tag = varint();
    const [number, wire] = [Number(tag >> 3n), Number(tag & 7n)];
    if (number === 0 || ![0, 1, 2, 5].includes(wire)) fail('no field of a kind that ONNX has');
    const known = byNumber.get(number);
    if (known === undefined) {
      if (wire === 0) varint();
      else if (wire === 2) chunk();
      else advance(wire === 1 ? 8 : 4);
      continue;
    }
    const {
      name,
      field: [, type, many],
    } = known;
    const read = readers[type];
    if (many && wire === 2 && wires[type] !== 2) {
      const size = Number(varint());
      const end = advance(size) + size;
      for (at = end - size; at < end;) (found.get(name) as unknown[]).push(read());
      if (at !== end) fail(`${name} ends within a number`);
    } else if (wire !== wires[type]) fail(`${name} is stored as something else`);
    else if (many) (found.get(name) as unknown[]).push(read());
    else if (found.has(name) && type !== 'present') fail(`${name} is given twice`);
    else found.set(name, read());
  }
  return Object.fromEntries(found) as Values<F>;
}
