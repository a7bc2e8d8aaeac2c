/** @file Sentences broken into lines that fit a terminal. */
import { displayWidth } from './table.ts';

/** A text in lines of `width` cells at most, but for single words that are longer; lines after the first are indented. */
export function wrapped(text: string, width = 80, indent = '  '): string {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (line.trim() === '' || displayWidth(longer) <= width) line = line.trim() === '' ? line + word : longer;
    else {
      lines.push(line);
      line = indent + word;
    }
  }
  return [...lines, line].join('\n');
}
