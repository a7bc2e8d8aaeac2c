/** @file Words of command lines that people copy into a shell. */

/**
 * The word as a platform's shell reads it back, in quotes where it holds more than plain characters: single ones for POSIX,
 * double ones for Windows, whose paths hold backslashes and no double quotes.
 */
export const shellWordOf = (platform: string, word: string): string => {
  if (/^[\w@%+=:,./-]+$/.test(word)) return word;
  if (platform !== 'win32') return `'${word.replaceAll("'", String.raw`'\''`)}'`;
  return /^[\w@+=:,./\\-]+$/.test(word) ? word : `"${word.replaceAll('"', '""')}"`;
};

/** The word as the shell of this machine reads it back. */
export const shellWord = (word: string): string => shellWordOf(process.platform, word);
