/** @file Comma-separated values, RFC 4180. */
import { UserError } from './userError.ts';
import { tableCell } from './visible.ts';

/** The next separator or line end from `start` on. */
function endOfPlainField(text: string, start: number, separator: string): number {
  let end = start;
  while (end < text.length && text[end] !== separator && text[end] !== '\n' && text[end] !== '\r') end++;
  return end;
}

/**
 * The fields of each line. Quoted fields may hold commas, line ends and doubled quotes; lines end in \n or \r\n;
 * empty lines are left out, and so is a byte order mark.
 * @throws UserError with the line of a quote that is not closed or stands inside a field.
 */
export function parseCsv(text: string, separator: ',' | ';' | '\t' = ','): string[][] {
  const rows: string[][] = [];
  let position = text.startsWith('\ufeff') ? 1 : 0;
  let row: string[] = [];
  const fail = (message: string): never => {
    throw new UserError(`line ${text.slice(0, position).split('\n').length}: ${message}`);
  };
  const quotedField = (): string => {
    let field = '';
    for (;;) {
      const end = text.indexOf('"', position + 1);
      if (end < 0) fail('a quoted field is not closed.');
      field += text.slice(position + 1, end);
      position = end + 1;
      if (text[position] !== '"') break;
      field += '"';
    }
    if (position < text.length && !`${separator}\r\n`.includes(text[position]))
      fail('text follows a quoted field.');
    return field;
  };
  while (position < text.length) {
    const start = position;
    const quoted = text[position] === '"';
    let field: string;
    if (quoted) field = quotedField();
    else {
      position = endOfPlainField(text, start, separator);
      field = text.slice(start, position);
      if (field.includes('"')) fail('a quote stands inside a field that does not begin with one.');
    }
    if (text[position] === separator) {
      row.push(field);
      position++;
      // A separator at the very end leaves one more, empty field.
      if (position === text.length) row.push('');
      continue;
    }
    if (quoted || row.length > 0 || field !== '') row.push(field);
    if (row.length > 0) rows.push(row);
    row = [];
    if (text[position] === '\r') position++;
    if (text[position] === '\n') position++;
  }
  if (row.length > 0) rows.push(row);
  return rows;
}

/** What a field may hold. */
export type CsvField = string | number | boolean | null | undefined;

/**
 * Lines of comma-separated fields, each ended by \n. `undefined`, `null` and numbers that are not finite are empty fields;
 * others are written so that reading them back gives the same f64. Texts are as {@link tableCell} gives them; fields are
 * quoted where they must be.
 */
export function formatCsv(rows: Iterable<readonly CsvField[]>): string {
  let text = '';
  for (const row of rows) {
    const fields = row.map((value) => {
      const empty =
        value === undefined || value === null || (typeof value === 'number' && !Number.isFinite(value));
      const field = typeof value === 'string' ? tableCell(value) : empty ? '' : String(value);
      // A line of one empty field would look like an empty line.
      return /[",\r\n\ufeff]/.test(field) || (field === '' && row.length === 1)
        ? `"${field.replaceAll('"', '""')}"`
        : field;
    });
    text += `${fields.join(',')}\n`;
  }
  return text;
}

/** Records below a line of their names, in the order in which the records first give them. */
export function recordsCsv(records: readonly Readonly<Record<string, CsvField>>[]): string {
  const columns = [...new Set(records.flatMap((record) => Object.keys(record)))];
  return formatCsv([columns, ...records.map((record) => columns.map((column) => record[column]))]);
}
