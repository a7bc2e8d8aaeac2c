/** @file Reads `verify/NN.csv`, the verdicts image by image, and counts them. */
import { parseCsv } from '../formats/csv.ts';
import { namingFile } from '../formats/readFile.ts';
import { UserError } from '../formats/userError.ts';
import { label } from '../formats/visible.ts';
import {
  isVerdictWord,
  laterColumns,
  partialLineSchema,
  verifyColumns,
  type DecidedBy,
  type VerifyRow,
} from '../run/records.ts';
import { parseRecord } from './readFile.ts';

/**
 * Parses the verdicts of one state.
 * @param file for error messages
 * @throws {UserError} naming line and column of the first damaged field
 */
export function parseVerdicts(text: string, file: string): VerifyRow[] {
  const [header = [], ...lines] = namingFile(file, () => parseCsv(text));
  const missing = verifyColumns.filter((column) => !laterColumns.has(column) && !header.includes(column));
  if (missing.length > 0) {
    throw new UserError(
      `${file}, line 1: column ${missing.map((c) => `"${c}"`).join(', ')} is missing. ` +
        'Verify the state again with "certprune verify".',
    );
  }
  const rows: VerifyRow[] = [];
  for (const [at, fields] of lines.entries()) {
    if (fields.length !== header.length) {
      throw new UserError(
        `${file}, line ${at + 2}: ${fields.length} fields where ${header.length} are expected. ` +
          'Verify the state again with "certprune verify".',
      );
    }
    rows.push(
      rowOf(Object.fromEntries(header.map((name, i) => [name, fields[i]])), `${file}, line ${at + 2}`),
    );
  }
  return rows;
}

function rowOf(field: Readonly<Record<string, string>>, place: string): VerifyRow {
  const number = (column: string): number => {
    const text = field[column].trim();
    const value = Number(text);
    if (text === '' || Number.isNaN(value)) {
      throw new UserError(`${place}: column "${column}" holds "${field[column]}", which is no number.`);
    }
    return value;
  };
  const { verdict } = field;
  if (!isVerdictWord(verdict)) {
    throw new UserError(
      `${place}: column "verdict" holds "${verdict}"; verified, falsified or unknown is expected.`,
    );
  }
  return {
    index: number('index'),
    label: number('label'),
    prediction: number('prediction'),
    verdict,
    by: label(field.by) as DecidedBy,
    why: label(field.why),
    // Of a clock that was set back, in earlier versions.
    seconds: Math.max(0, number('seconds')),
    domains: number('domains'),
    // No bound was computed where the clean image or the attack decided; and −Infinity says the same.
    lowerBound: field.lowerBound.trim() === '' ? Number.NaN : Number(field.lowerBound),
    witness: label(field.witness, 200),
    ...(field.checked && { checked: label(field.checked, 200) }),
    ...(field.arithmetic && { arithmetic: label(field.arithmetic) }),
  };
}

/**
 * Parses the verdicts of a verification that is still at work, or was killed: one JSON object a line. A cut last
 * line is left out.
 * @param file for error messages
 * @throws {UserError} naming the first damaged line
 */
export function parsePartialVerdicts(text: string, file: string): VerifyRow[] {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  // The writer ends every line: what follows the last line end was cut.
  const whole = text.endsWith('\n') ? lines : lines.slice(0, -1);
  return whole.flatMap((line, at) => {
    const { row } = parseRecord(line, partialLineSchema, `${file}, line ${at + 1}`);
    return row === undefined ? [] : [{ ...row, lowerBound: row.lowerBound ?? Number.NaN }];
  });
}
