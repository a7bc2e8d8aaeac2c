/** @file Tests of the idx reader. */
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { gunzipIfNeeded, parseIdx } from './idx.ts';
import { UserError } from './userError.ts';

/** The bytes of an idx file of unsigned bytes (type 8) or floats (type 13). */
function encode(type: 8 | 13, shape: number[], values: number[]): Uint8Array {
  const size = type === 8 ? 1 : 4;
  const bytes = new Uint8Array(4 + 4 * shape.length + size * values.length);
  const view = new DataView(bytes.buffer);
  bytes.set([0, 0, type, shape.length]);
  shape.forEach((n, axis) => view.setUint32(4 + 4 * axis, n));
  const start = 4 + 4 * shape.length;
  values.forEach((v, i) => (type === 8 ? view.setUint8(start + i, v) : view.setFloat32(start + 4 * i, v)));
  return bytes;
}

const arrays = fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 3 }).chain((shape) => {
  const length = shape.reduce((product, n) => product * n, 1);
  return fc.tuple(
    fc.constant(shape),
    fc.array(fc.integer({ min: 0, max: 255 }), { minLength: length, maxLength: length }),
  );
});

describe('parseIdx', () => {
  it('reads what was written', () => {
    fc.assert(
      fc.property(arrays, fc.constantFrom(8 as const, 13 as const), ([shape, values], type) => {
        const { shape: readShape, data } = parseIdx(encode(type, shape, values), 'file');
        expect(readShape).toEqual(shape);
        expect([...data]).toEqual(values);
        expect(data).toBeInstanceOf(type === 8 ? Uint8Array : Float32Array);
      }),
    );
  });

  it('refuses any truncation and any surplus', () => {
    fc.assert(
      fc.property(arrays, fc.nat(), ([shape, values], cut) => {
        const bytes = encode(8, shape, values);
        expect(() => parseIdx(bytes.subarray(0, cut % bytes.length), 'digits.idx')).toThrow(UserError);
        expect(() => parseIdx(new Uint8Array([...bytes, 0]), 'digits.idx')).toThrow(/digits\.idx: too long/);
      }),
    );
  });

  it('names the wrong magic number', () => {
    expect(() => parseIdx(new TextEncoder().encode('<html></html>'), 'page')).toThrow(
      /begins with the bytes 3c 68 74 6d/,
    );
  });

  it('refuses sizes far beyond the file without reserving memory for them', () => {
    const bytes = encode(13, [4294967295, 4294967295], []);
    expect(() => parseIdx(bytes, 'huge')).toThrow(/truncated: an array of 4294967295x4294967295/);
  });
});

describe('gunzipIfNeeded', () => {
  it('takes plain and gzip bytes, and says where damaged ones lie', () => {
    const bytes = encode(8, [2, 2], [1, 2, 3, 4]);
    expect(gunzipIfNeeded(bytes, 'a')).toBe(bytes);
    expect(Buffer.from(gunzipIfNeeded(gzipSync(bytes), 'a'))).toEqual(Buffer.from(bytes));
    const cut = gzipSync(bytes).subarray(0, 20);
    expect(() => gunzipIfNeeded(cut, 'cut.gz')).toThrow(/cut\.gz: the gzip stream is truncated/);
  });
});
