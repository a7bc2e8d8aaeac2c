import { expect, it } from 'vitest';
import { ownDataText } from './ownDataText.ts';

it('what is told of data of one’s own fits 80 columns, whatever the names', () => {
  const long = 'a name of a class or feature that is far too long for any table of a terminal';
  const text = ownDataText({
    path: `/somewhere/${long}`,
    form: 'table',
    title: 'tables (.csv, .tsv)',
    shape: [60],
    classes: Array.from({ length: 50 }, (_, i) => ({
      name: `${i} ${long}`,
      train: 1e6,
      validation: 1e6,
      test: 1e6,
    })),
    split: 'as the files state it',
    values: Array.from({ length: 60 }, (_, i) => ({
      name: `${i} ${long}`,
      least: -1.23456789e-10,
      largest: 1.23456789e10,
      valid: '-1234567890.12..1234567890.12',
      radius: i % 2,
    })),
    mean: new Array<number>(60).fill(-1.234567e-10),
    std: new Array<number>(60).fill(1.234567e10),
    files: {},
  });
  const lines = text.split('\n');
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
  expect(text).toContain('… and 20 more features');
  expect(text).toContain('held fixed');
});
