/** @file Aligned tables and broken lines for the terminal. */
import { visible } from '../formats/visible.ts';

/** A column: its title, what stands in it of a row, and the side its cells lean to (default left). */
export type Column<T> = readonly [title: string, cell: (row: T) => string, align?: 'left' | 'right'];

/** Rows below a line of titles, as people may see them; columns two spaces apart, no blanks at the end of a line. */
export function renderTable<T>(columns: readonly Column<T>[], rows: readonly T[]): string {
  const titles = columns.map(([title]) => title);
  const seen = rows.map((row) => columns.map(([, cell]) => visible(cell(row))));
  const widths = titles.map((_, i) =>
    [titles, ...seen].reduce((most, cells) => Math.max(most, displayWidth(cells[i])), 0),
  );
  const line = (cells: readonly string[]): string =>
    columns
      .map(([, , align], i) => {
        const padding = ' '.repeat(widths[i] - displayWidth(cells[i]));
        return align === 'right' ? padding + cells[i] : cells[i] + padding;
      })
      .join('  ')
      .trimEnd();
  const rule = widths.map((width) => '─'.repeat(width)).join('  ');
  return [line(titles), rule, ...seen.map(line)].join('\n');
}

const zeroWidth = /^[\p{Mn}\p{Me}\p{Cf}]$/u;
const wide =
  /^[\u1100-\u115F\u2E80-\u303E\u3041-\uA4CF\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF00-\uFF60\uFFE0-\uFFE6\u{1F300}-\u{1F64F}\u{1F900}-\u{1F9FF}\u{20000}-\u{3FFFD}]$/u;

/** Cells of the terminal that a text takes: combining marks none, East Asian wide letters two. */
export function displayWidth(text: string): number {
  let width = 0;
  for (const letter of text) {
    if (!zeroWidth.test(letter)) width += wide.test(letter) ? 2 : 1;
  }
  return width;
}

/** The first `width` cells of a text, as people may see it; a cut is marked with `…`. */
export function fitWidth(text: string, width: number): string {
  const seen = visible(text);
  if (displayWidth(seen) <= width) return seen;
  let taken = '';
  let cells = 0;
  for (const letter of seen) {
    cells += displayWidth(letter);
    if (cells > width - 1) break;
    taken += letter;
  }
  return `${taken}…`;
}

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
