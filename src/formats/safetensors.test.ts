import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { NdArray } from './ndArray.ts';
import { decodeSafetensors, encodeSafetensors, readSafetensors, writeSafetensors } from './safetensors.ts';
import { UserError } from './userError.ts';

const sample: [string, NdArray][] = [
  ['mask', { dtype: 'bool', shape: [3], data: Uint8Array.of(1, 0, 1) }],
  ['conv1.weight', { dtype: 'float32', shape: [2, 2], data: Float32Array.of(1, -2, NaN, Infinity) }],
  ['step', { dtype: 'int64', shape: [], data: BigInt64Array.of(-5n) }],
  ['exact', { dtype: 'float64', shape: [1], data: Float64Array.of(0.1) }],
  ['empty', { dtype: 'float32', shape: [0, 4], data: new Float32Array(0) }],
  ['bytes', { dtype: 'uint8', shape: [2], data: Uint8Array.of(0, 255) }],
  ['labels', { dtype: 'int32', shape: [2], data: Int32Array.of(-1, 7) }],
];

/** A file with the given header and data. */
function file(header: unknown, data = 0): Uint8Array {
  const text = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([length, text, Buffer.alloc(data)]);
}

const u8 = (begin: number, end: number) => ({
  dtype: 'U8',
  shape: [end - begin],
  data_offsets: [begin, end],
});

describe('safetensors', () => {
  it('keeps tensors and metadata bit for bit', () => {
    const { tensors, metadata } = decodeSafetensors(encodeSafetensors(sample, { epoch: '3' }));
    expect(metadata).toEqual({ epoch: '3' });
    expect(tensors.size).toBe(sample.length);
    for (const [name, array] of sample) expect(tensors.get(name)).toEqual(array);
  });

  it('writes the same bytes for the same tensors in another order, and starts the data 8-aligned', () => {
    const bytes = encodeSafetensors(sample);
    expect(encodeSafetensors([...sample].reverse())).toEqual(bytes);
    expect(Buffer.from(bytes).readBigUInt64LE(0) % 8n).toBe(0n);
  });

  it('keeps names that are number-like or __proto__', () => {
    const scalar: NdArray = { dtype: 'uint8', shape: [], data: Uint8Array.of(9) };
    const { tensors } = decodeSafetensors(
      encodeSafetensors([
        ['__proto__', scalar],
        ['0', scalar],
      ]),
    );
    expect([...tensors.keys()].sort()).toEqual(['0', '__proto__']);
  });

  it('writes a file and leaves no temporary one', () => {
    const directory = mkdtempSync(join(tmpdir(), 'safetensors-'));
    const path = join(directory, 'best.safetensors');
    writeSafetensors(path, sample);
    writeSafetensors(path, sample);
    expect(readdirSync(directory)).toEqual(['best.safetensors']);
    expect(readSafetensors(path).tensors.get('step')?.data).toEqual(BigInt64Array.of(-5n));
    rmSync(directory, { recursive: true });
    expect(() => writeSafetensors(path, sample)).toThrow(UserError);
    expect(() => readSafetensors(path)).toThrow(/Cannot read the checkpoint .* there is no such file/);
  });

  it.each([
    ['too short', Uint8Array.of(1, 2), /fewer than the 8/],
    ['header longer than the file', file({}).subarray(0, 9), /Is the file truncated/],
    ['header of absurd length', Buffer.alloc(16, 255), /format allows/],
    ['not JSON', file('{"a"'), /not JSON/],
    ['a list', file([]), /not a JSON object/],
    ['unknown type', file({ a: { ...u8(0, 1), dtype: 'F8' } }, 1), /'a' has the element type "F8"/],
    [
      'negative size',
      file({ a: { dtype: 'U8', shape: [-1], data_offsets: [0, 1] } }, 1),
      /shape of tensor 'a'/,
    ],
    ['wrong length', file({ a: { dtype: 'F32', shape: [2], data_offsets: [0, 4] } }, 4), /needs 8 bytes/],
    ['truncated data', file({ a: u8(0, 4) }, 3), /ends at byte 4 of 3/],
    ['overlap', file({ a: u8(0, 4), b: u8(2, 6) }, 6), /'b' overlaps/],
    ['hole', file({ a: u8(0, 2), b: u8(3, 4) }, 4), /belong to no tensor/],
    ['trailing bytes', file({ a: u8(0, 2) }, 4), /2 bytes follow/],
    ['bad metadata', file({ __metadata__: { a: 1 } }), /map of strings/],
  ])('refuses: %s', (_, bytes, message) => {
    expect(() => decodeSafetensors(bytes)).toThrow(UserError);
    expect(() => decodeSafetensors(bytes)).toThrow(message);
  });

  it('answers any damage with a value or a UserError', () => {
    const good = encodeSafetensors(sample, { a: 'b' });
    fc.assert(
      fc.property(
        fc.nat(good.length),
        fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { maxLength: 4 }),
        (length, edits) => {
          const bytes = good.slice();
          for (const [index, value] of edits) bytes[index] = value;
          try {
            decodeSafetensors(bytes.subarray(0, length));
          } catch (error) {
            expect(error).toBeInstanceOf(UserError);
          }
        },
      ),
      { numRuns: 500 },
    );
  });
});
