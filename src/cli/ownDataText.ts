/** @file Data of one's own as tables for the terminal, 80 columns wide. */
import type { OwnDescription, ValueRange } from '../data/own/describe.ts';
import { datasetLabel } from '../data/own/path.ts';
import { formatCount } from './format.ts';
import { fitWidth, renderTable, wrapped, type Column } from './table.ts';

/** Classes and features that are shown, at most. */
const mostRows = 40;

const short = (value: number): string => String(Number(value.toPrecision(5)));

function shortened<T>(columns: readonly Column<T>[], rows: readonly T[], what: string): string {
  const more =
    rows.length > mostRows ? `\n… and ${rows.length - mostRows} more ${what} (all with --json)` : '';
  return renderTable(columns, rows.slice(0, mostRows)) + more;
}

/** Classes, counts, sizes, ranges and split. */
export function ownDataText({
  path,
  title,
  shape,
  classes,
  split,
  values,
  mean,
  std,
}: OwnDescription): string {
  const hasValidation = classes.some(({ validation }) => validation !== undefined);
  type Row = OwnDescription['classes'][number];
  const sum = (of: (row: Row) => number): number => classes.reduce((total, row) => total + of(row), 0);
  const total: Row = {
    name: 'all',
    train: sum(({ train }) => train),
    ...(hasValidation && { validation: sum(({ validation = 0 }) => validation) }),
    test: sum(({ test }) => test),
  };
  const columns: readonly Column<Row>[] = [
    ['class', ({ name }) => fitWidth(name, 36)],
    ['training', ({ train }) => formatCount(train), 'right'],
    ...(hasValidation
      ? ([['validation', ({ validation = 0 }) => formatCount(validation), 'right']] as const)
      : []),
    ['test', ({ test }) => formatCount(test), 'right'],
  ];
  const size =
    shape.length === 3
      ? `pictures of ${shape[2]}x${shape[1]} pixels, ${shape[0] === 1 ? 'grey' : shape[0] === 3 ? 'in colour' : `${shape[0]} channels`}`
      : `${shape[0]} features`;
  const ranges: readonly Column<ValueRange>[] = [
    [shape.length === 3 ? 'channel' : 'feature', ({ name }) => fitWidth(name, 18)],
    ['least', ({ least }) => short(least), 'right'],
    ['largest', ({ largest }) => short(largest), 'right'],
    ['valid', ({ valid }) => fitWidth(valid, 20)],
    ['eps 1 is', ({ radius }) => (radius === 0 ? 'held fixed' : short(radius)), 'right'],
  ];
  const list = (numbers: readonly number[]): string =>
    numbers.length > 8 ? `${numbers.slice(0, 8).map(short).join(', ')}, …` : numbers.map(short).join(', ');
  return [
    wrapped(`${datasetLabel(path)}: ${title}, ${size}, ${classes.length} classes`),
    shortened(columns, [...classes, total], 'lines'),
    shortened(ranges, values, 'features'),
    wrapped(`Test part: ${split}.`),
    wrapped(`Networks trained on it take off the mean ${list(mean)} and divide by ${list(std)}.`),
  ].join('\n\n');
}
