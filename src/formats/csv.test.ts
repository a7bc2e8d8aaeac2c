import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatCsv, parseCsv, recordsCsv } from './csv.ts';
import { tableCell } from './visible.ts';
import { UserError } from './userError.ts';

describe('parseCsv', () => {
  it('reads plain and quoted fields, both line ends, and no last line end', () => {
    expect(parseCsv('a,b\r\n1,"x, ""y""\nz"\n,\n\n"",2')).toEqual([['a', 'b'], ['1', 'x, "y"\nz'], ['', ''], ['', '2']]); // prettier-ignore
    expect(parseCsv('\ufeffa,')).toEqual([['a', '']]);
    expect(parseCsv('')).toEqual([]);
  });

  it('names the line of a fault', () => {
    expect(() => parseCsv('a,b\n"x\ny",1\nc,"d')).toThrow(/^line 4: a quoted field is not closed/);
    expect(() => parseCsv('a\n"b"c')).toThrow(/^line 2: text follows a quoted field/);
    expect(() => parseCsv('a"b')).toThrow(UserError);
  });
});

describe('formatCsv', () => {
  it('quotes only where it must', () => {
    expect(formatCsv([['index', 'why'], [0, 'a,b'], [0.1, null], [true, undefined], ['']])).toBe(
      'index,why\n0,"a,b"\n0.1,\ntrue,\n""\n',
    );
  });

  it('makes no formulas of foreign texts, and shows control characters', () => {
    const texts = ['=1+1', '+a', '-a', '@a', '-1.5', '+2e3', 'a=b', '\u001b[31m', 'a\nb', -3, '-'];
    expect(formatCsv([texts])).toBe(String.raw`'=1+1,'+a,'-a,'@a,-1.5,+2e3,a=b,\x1b[31m,a\nb,-3,'-` + '\n');
  });

  it('is undone by parseCsv, but for what tableCell changes', () => {
    const field = fc.oneof(fc.string(), fc.constantFrom('', '"', ',', '\n', '\r\n', '\r', '\ufeff', 'a"b'));
    fc.assert(
      fc.property(fc.array(fc.array(field, { minLength: 1, maxLength: 4 }), { maxLength: 5 }), (rows) => {
        expect(parseCsv(formatCsv(rows))).toEqual(rows.map((row) => row.map(tableCell)));
      }),
      { numRuns: 300 },
    );
  });

  it('reads a million fields in little time', () => {
    const text = formatCsv(Array.from({ length: 100_000 }, (_, index) => [index, 'verified', '"', 1.5, '']));
    const begin = performance.now();
    expect(parseCsv(text)).toHaveLength(100_000);
    expect(performance.now() - begin).toBeLessThan(10_000);
  });
});

describe('recordsCsv', () => {
  it('quotes what needs it and leaves empty what is not known', () => {
    expect(
      recordsCsv([
        { a: 'x,"y"', b: Number.NaN },
        { a: 'z', c: true },
      ]),
    ).toBe('a,b,c\n"x,""y""",,\nz,,true\n');
  });
});
