import { describe, expect, it } from 'vitest';
import { wrapped } from './table.ts';

describe('a wrapped text', () => {
  it('keeps to the width, but for words that are longer', () => {
    expect(wrapped('one two three', 7)).toBe('one two\n  three');
    expect(wrapped('a-long-word b', 5)).toBe('a-long-word\n  b');
    expect(wrapped('α,β-CROWN ok', 12)).toBe('α,β-CROWN ok');
    expect(wrapped('', 5)).toBe('');
  });
});
