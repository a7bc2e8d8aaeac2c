/** @file Tests of the tar reader. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeTar } from './tar.testing.ts';
import { tarEntries } from './tar.ts';
import { UserError } from './userError.ts';

const read = (bytes: Uint8Array) =>
  Object.fromEntries(Array.from(tarEntries(bytes, 'a.tar'), (e) => [e.name, [...e.content]]));

describe('tarEntries', () => {
  it('reads what was written', () => {
    const name = fc.stringMatching(/^[a-z][a-z/._-]{0,60}$/);
    fc.assert(
      fc.property(fc.dictionary(name, fc.uint8Array({ maxLength: 1100 }), { maxKeys: 5 }), (files) => {
        expect(read(encodeTar(files))).toEqual(
          Object.fromEntries(Object.entries(files).map(([key, content]) => [key, [...content]])),
        );
      }),
    );
  });

  it('refuses cut-off and damaged archives', () => {
    const bytes = encodeTar({ 'package/a.bin': new Uint8Array(700) });
    expect(() => read(bytes.subarray(0, 1000))).toThrow(/a\.tar: truncated inside package\/a\.bin/);
    bytes[3] ^= 1;
    expect(() => read(bytes)).toThrow(UserError);
    expect(() => read(new Uint8Array(512).fill(60))).toThrow(/not a tar archive/);
  });
});
