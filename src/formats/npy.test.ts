import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { NdArray } from './ndArray.ts';
import { decodeNpy, encodeNpy, readNpy } from './npy.ts';
import { decodeNpz, encodeNpz } from './npz.ts';
import { sharedPath } from './shared.testing.ts';
import { UserError } from './userError.ts';

const arrays: NdArray[] = [
  { dtype: 'float32', shape: [2, 3], data: Float32Array.of(1, 2, 3, 4, NaN, -0) },
  { dtype: 'float64', shape: [], data: Float64Array.of(Math.PI) },
  { dtype: 'int32', shape: [1], data: Int32Array.of(-7) },
  { dtype: 'int64', shape: [2], data: BigInt64Array.of(-1n, 2n ** 60n) },
  { dtype: 'uint8', shape: [2, 0, 3], data: new Uint8Array(0) },
  { dtype: 'bool', shape: [3], data: Uint8Array.of(1, 0, 1) },
];

/** A file of version 1 with the given header text. */
function file(header: string, data: Uint8Array): Uint8Array {
  const prefix = Buffer.from([
    0x93,
    0x4e,
    0x55,
    0x4d,
    0x50,
    0x59,
    1,
    0,
    header.length & 255,
    header.length >> 8,
  ]);
  return Buffer.concat([prefix, Buffer.from(header, 'latin1'), data]);
}

const header = (descr: string, shape: string, fortran = false) =>
  `{'descr': '${descr}', 'fortran_order': ${fortran ? 'True' : 'False'}, 'shape': ${shape}, }\n`;

describe('npy', () => {
  it.each(arrays)('keeps $dtype arrays of shape $shape bit for bit', (array) => {
    expect(decodeNpy(encodeNpy(array))).toEqual(array);
  });

  it('starts the data at a multiple of 64', () => {
    expect(encodeNpy(arrays[0]).length - 24).toBe(128);
  });

  it('turns Fortran order into C order', () => {
    // Columns of [[1, 2, 3], [4, 5, 6]].
    const bytes = file(header('|u1', '(2, 3)', true), Uint8Array.of(1, 4, 2, 5, 3, 6));
    expect(decodeNpy(bytes)).toEqual({
      dtype: 'uint8',
      shape: [2, 3],
      data: Uint8Array.of(1, 2, 3, 4, 5, 6),
    });
    const cube = Uint8Array.from({ length: 24 }, (_, index) => index);
    const { data } = decodeNpy(file(header('|u1', '(2, 3, 4)', true), cube));
    // Element (i, j, k) lies at i + 2j + 6k.
    expect([...data].map(Number)).toEqual(
      [0, 1].flatMap((i) => [0, 1, 2].flatMap((j) => [0, 1, 2, 3].map((k) => i + 2 * j + 6 * k))),
    );
  });

  it('reads big-endian arrays', () => {
    expect(
      decodeNpy(file(header('>i4', '(2,)'), Uint8Array.of(0, 0, 1, 2, 255, 255, 255, 255))).data,
    ).toEqual(Int32Array.of(258, -1));
  });

  it.each<[string, Uint8Array, RegExp]>([
    ['foreign bytes', Buffer.from('hello world'), /does not start/],
    ['a cut header', encodeNpy(arrays[0]).subarray(0, 40), /cut off/],
    ['cut data', encodeNpy(arrays[0]).subarray(0, 140), /needs 24 bytes, but 12/],
    ['trailing bytes', Buffer.concat([encodeNpy(arrays[0]), Buffer.alloc(1)]), /needs 24 bytes, but 25/],
    ['objects', file(header('|O', '(1,)'), new Uint8Array(8)), /element type \|O is not read/],
    ['unicode', file(header('<U4', '(1,)'), new Uint8Array(16)), /element type <U4 is not read/],
    ['a version of the future', Uint8Array.of(0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 9, 0), /version 9/],
    [
      'records',
      file("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,), }", Buffer.alloc(4)),
      /plain/,
    ],
  ])('refuses %s', (_, bytes, message) => {
    expect(() => decodeNpy(bytes)).toThrow(UserError);
    expect(() => decodeNpy(bytes)).toThrow(message);
  });
});

describe('npz', () => {
  it('keeps named arrays, and equal arrays give equal bytes', () => {
    const named = arrays.map((array, index): [string, NdArray] => [`/input-${index}_l`, array]);
    const bytes = encodeNpz(named);
    expect([...decodeNpz(bytes)]).toEqual(named);
    expect(encodeNpz(named)).toEqual(bytes);
  });

  it('refuses what is no zip archive, and names the array at fault', () => {
    expect(() => decodeNpz(encodeNpy(arrays[0]))).toThrow(/no zip archive/);
    expect(() => decodeNpz(encodeNpz([['a', arrays[0]]]).subarray(0, 90))).toThrow(/damaged or cut off/);
  });
});

describe('any damage', () => {
  it.each<[string, Uint8Array, (bytes: Uint8Array) => unknown]>([
    ['npy', encodeNpy(arrays[0]), decodeNpy],
    ['npz', encodeNpz([['a', arrays[0]]]), decodeNpz],
  ])('of %s files gives a value or a UserError', (_, good, decode) => {
    fc.assert(
      fc.property(
        fc.nat(good.length),
        fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { maxLength: 4 }),
        (cut, edits) => {
          const bytes = good.slice();
          for (const [index, value] of edits) bytes[index] = value;
          try {
            decode(bytes.subarray(0, good.length - (cut % 3 === 0 ? cut : 0)));
          } catch (error) {
            expect(error).toBeInstanceOf(UserError);
          }
        },
      ),
      { numRuns: 1000 },
    );
  });
});

const oracle = sharedPath('oracle');

describe.skipIf(oracle === undefined)('reference arrays', () => {
  it('are all read', () => {
    const root = oracle ?? '.';
    const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((name) =>
      /(crown|masks|weights|batch).*\.npz$/.test(name),
    );
    expect(files.length).toBeGreaterThan(12);
    for (const name of files) expect(decodeNpz(readFileSync(join(root, name))).size, name).toBeGreaterThan(0);
    const { shape, dtype } =
      decodeNpz(readFileSync(join(root, 'crown/mnist_0_preact_bounds.npz'))).get('/input-8_l') ?? {};
    expect({ shape, dtype }).toEqual({ shape: [1, 32, 7, 7], dtype: 'float64' });
  });

  it('have the documented shapes', () => {
    const images = readNpy(join(oracle ?? '.', '../data/sdp/mnist_x.npy'));
    expect(images).toMatchObject({ dtype: 'float32', shape: [200, 28, 28, 1] });
  });
});
