/** @file Words of command lines that people copy into a shell. */

/** The word as a POSIX shell reads it back: in single quotes where it holds more than plain characters. */
export const shellWord = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
