/** @file Tests of the MAT-file reader. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeMat } from './mat.testing.ts';
import { readMat } from './mat.ts';
import { UserError } from './userError.ts';

const arrays = fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 2, maxLength: 4 }).chain((shape) => {
  const length = shape.reduce((product, size) => product * size, 1);
  const limits = { minLength: length, maxLength: length };
  return fc.record({
    shape: fc.constant(shape),
    data: fc.oneof(fc.uint8Array(limits), fc.float64Array({ ...limits, noNaN: true })),
  });
});
const files = fc.dictionary(fc.stringMatching(/^[a-zA-Z][a-zA-Z0-9_]{0,9}$/), arrays, { maxKeys: 4 });

describe('readMat', () => {
  it('reads what was written, compressed or not', () => {
    fc.assert(
      fc.property(files, fc.boolean(), (input, compress) => {
        expect({ ...readMat(encodeMat(input, compress), 'file') }).toEqual({ ...input });
      }),
    );
  });

  it('refuses any truncation and other files', () => {
    for (const compress of [false, true]) {
      const bytes = encodeMat({ X: { shape: [2, 3], data: new Uint8Array(6) } }, compress);
      for (let length = 129; length < bytes.length; length++) {
        expect(() => readMat(bytes.subarray(0, length), 'cut.mat')).toThrow(UserError);
      }
    }
    expect(() => readMat(new Uint8Array(500), 'x.mat')).toThrow(/x\.mat: not a little-endian MAT-file/);
  });
});
