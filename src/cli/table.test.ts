import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { visible } from '../formats/visible.ts';
import { displayWidth, fitWidth, renderTable, type Column } from './table.ts';

describe('renderTable', () => {
  it('aligns columns, wide letters too, and shows what would act on the terminal', () => {
    const columns: Column<readonly string[]>[] = [
      ['name', ([name]) => name],
      ['n', ([, n]) => n, 'right'],
    ];
    const rows = [
      ['日本', '1'],
      ['\u001B[31mred\u001B[0m', '22'],
      ['e\u0301', ''],
    ];
    expect(renderTable(columns, rows).split('\n')).toEqual([
      'name                 n',
      '──────────────────  ──',
      '日本                 1',
      String.raw`\x1b[31mred\x1b[0m  22`,
      'e\u0301',
    ]);
  });
});

describe('fitWidth', () => {
  it('never exceeds the width and leaves short texts alone', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme', maxLength: 30 }),
        fc.integer({ min: 1, max: 20 }),
        (text, width) => {
          const fitted = fitWidth(text, width);
          expect(displayWidth(fitted)).toBeLessThanOrEqual(width);
          if (displayWidth(visible(text)) <= width) expect(fitted).toBe(visible(text));
        },
      ),
    );
    expect(fitWidth('abcdef', 4)).toBe('abc…');
  });
});
