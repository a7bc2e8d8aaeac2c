import { describe, expect, it } from 'vitest';
import { shellWordOf } from './shellWord.ts';

describe('words of a shell', () => {
  it('are quoted for POSIX where they need it', () => {
    expect(shellWordOf('linux', 'runs/half')).toBe('runs/half');
    expect(shellWordOf('linux', "it's here")).toBe(String.raw`'it'\''s here'`);
    expect(shellWordOf('darwin', '')).toBe("''");
    expect(shellWordOf('linux', 'a$b')).toBe("'a$b'");
  });

  it('are quoted for Windows, where backslashes part folders', () => {
    expect(shellWordOf('win32', String.raw`C:\runs\half`)).toBe(String.raw`C:\runs\half`);
    expect(shellWordOf('win32', String.raw`C:\my runs`)).toBe(String.raw`"C:\my runs"`);
  });
});
