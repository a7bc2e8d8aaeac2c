/** @file Aligned tables for the terminal. */
import { visible } from '../formats/visible.ts';

/** A column: its title, and the side its cells lean to. */
export interface Column {
  readonly title: string;
  readonly align?: 'left' | 'right';
}

/** Rows below a line of titles, as people may see them; columns two spaces apart, no blanks at the end of a line. */
export function renderTable(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  const seen = rows.map((row) => row.map(visible));
  const widths = columns.map(({ title }, i) =>
    seen.reduce((most, row) => Math.max(most, displayWidth(row[i] ?? '')), displayWidth(title)),
  );
  const line = (cells: readonly string[]): string =>
    columns
      .map(({ align = 'left' }, i) => {
        const cell = cells[i] ?? '';
        const padding = ' '.repeat(widths[i] - displayWidth(cell));
        return align === 'right' ? padding + cell : cell + padding;
      })
      .join('  ')
      .trimEnd();
  const rule = widths.map((width) => '─'.repeat(width)).join('  ');
  return [line(columns.map(({ title }) => title)), rule, ...seen.map(line)].join('\n');
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
