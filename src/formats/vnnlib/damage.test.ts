import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UserError } from '../userError.ts';
import { parseVnnlib } from './read.ts';
import { declare, unit } from './texts.testing.ts';

describe('any damage', () => {
  const texts = [
    `${declare(2, 2)}${unit(2)}(assert (or (and (<= Y_0 Y_1)) (>= (* 2 Y_0) 1.5e-3)))`,
    '(vnnlib-version <2.0>)(declare-network N (declare-input A Real [1,2] "a") (declare-output B Real [1]))\n' +
      '(assert (and (>= A[0,0] 0) (<= A[0,0] 1) (== A[0,1] 0)))(assert (or (!= B[0] 1) (< (- B[0]) -1)))',
  ];
  const words = [
    '(',
    ')',
    'and',
    'or',
    '<=',
    '-',
    '*',
    ' ',
    ';',
    '"',
    '[',
    ']',
    ',',
    'X_0',
    'Y_0',
    '1e9',
    'assert',
    '\0',
  ];

  it('of the text gives a value or a UserError', () => {
    const edit = fc.record({
      at: fc.double({ min: 0, max: 1, noNaN: true }),
      cut: fc.nat(6),
      put: fc.constantFrom(...words),
    });
    fc.assert(
      fc.property(
        fc.constantFrom(...texts),
        fc.array(edit, { minLength: 1, maxLength: 5 }),
        (good, edits) => {
          let text = good;
          for (const { at, cut, put } of edits) {
            const position = Math.floor(at * text.length);
            text = text.slice(0, position) + put + text.slice(position + cut);
          }
          try {
            parseVnnlib(text);
          } catch (error) {
            expect(error).toBeInstanceOf(UserError);
          }
        },
      ),
      { numRuns: 1500 },
    );
  });

  it('of bytes gives a value or a UserError', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 60 }), (text) => {
        expect(() => parseVnnlib(text)).toThrow(UserError);
      }),
    );
  });
});
