import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { editDistance, nearest, suggestion } from './nearest.ts';

const word = fc.string({ minLength: 0, maxLength: 8, unit: fc.constantFrom('a', 'b', 'c', '_') });

describe('editDistance', () => {
  it('counts single edits', () => {
    expect(editDistance('rate', 'rate')).toBe(0);
    expect(editDistance('raet', 'rate')).toBe(1);
    expect(editDistance('rat', 'rate')).toBe(1);
    expect(editDistance('weight-decay', 'Weight_Decay')).toBe(0);
    expect(editDistance('', 'abc')).toBe(3);
  });

  it('is symmetric, zero only for equals, at most the longer length', () => {
    fc.assert(
      fc.property(word, word, (a, b) => {
        const distance = editDistance(a, b);
        expect(editDistance(b, a)).toBe(distance);
        expect(distance === 0).toBe(a === b);
        expect(distance).toBeLessThanOrEqual(Math.max(a.length, b.length));
      }),
    );
  });
});

describe('nearest', () => {
  it('finds dotted keys by their last part', () => {
    expect(nearest('timeout', ['epochs', 'verify.timeout'])).toEqual({ name: 'verify.timeout', close: true });
  });

  it('says whether a typing error is likely', () => {
    expect(suggestion('epoch', ['epochs', 'eps'])).toBe('did you mean "epochs"?');
    expect(suggestion('colour', ['eps'])).toBe('the nearest valid name is "eps"');
    expect(suggestion('x', [])).toBe('');
  });
});
