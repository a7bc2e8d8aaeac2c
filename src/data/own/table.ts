/** @file table: rows of numbers with a label column, in .csv or .tsv files. */
import { createHash } from 'node:crypto';
import { statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { suggestion } from '../../family/nearest.ts';
import { parseCsv } from '../../formats/csv.ts';
import { gunzipIfNeeded } from '../../formats/idx.ts';
import { namingFile, readBytes } from '../../formats/readFile.ts';
import { UserError } from '../../formats/userError.ts';
import type { OwnForm, OwnPart, OwnSamples } from './form.ts';
import { tableOptions, type OwnOptions } from './options.ts';
import { partNamed, partsOf, type PartName } from './partNames.ts';
import { requireRange } from './values.ts';
import { namesIn } from './walk.ts';

const isTable = (name: string): boolean => /\.[ct]sv(\.gz)?$/i.test(name);

/** A file's cells. */
interface Sheet {
  readonly path: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** Line of the first row, from 1. */
  readonly firstLine: number;
}

const isNumber = (cell: string): boolean => cell.trim() !== '' && !Number.isNaN(Number(cell));

/** @throws UserError where lines differ in length, or there are none */
function sheetOf(path: string, bytes: Uint8Array, header: boolean | undefined): Sheet {
  const text = new TextDecoder().decode(gunzipIfNeeded(bytes, path));
  const line = text.slice(0, text.search(/[\r\n]|$/));
  const separator = /\.tsv(\.gz)?$/i.test(path)
    ? '\t'
    : line.includes(';') && !line.includes(',')
      ? ';'
      : ',';
  const all = namingFile(path, () => parseCsv(text, separator));
  const named = header ?? all[0]?.every((cell) => !isNumber(cell)) ?? false;
  const rows = named ? all.slice(1) : all;
  if (rows.length === 0)
    throw new UserError(`${path}: the table has no rows. Give it a line of numbers for each sample.`);
  const columns = named ? all[0].map((name) => name.trim()) : rows[0].map((_, i) => String(i));
  const twice = columns.find((name, i) => columns.indexOf(name) < i);
  if (twice !== undefined)
    throw new UserError(`${path}: two columns are called "${twice}". Give each a name of its own.`);
  const firstLine = named ? 2 : 1;
  const uneven = rows.findIndex(({ length }) => length !== columns.length);
  if (uneven >= 0)
    throw new UserError(
      `${path}, line ${uneven + firstLine}: ${rows[uneven].length} cells where the table has ${columns.length} columns. Complete the line, or take it out.`,
    );
  return { path, columns, rows, firstLine };
}

/** The column that a name or number says. @throws UserError with the names there are */
function columnAt({ path, columns }: Sheet, name: string, key: string): number {
  const at = columns.indexOf(name);
  if (at >= 0) return at;
  const number = /^-?\d+$/.test(name) ? Number(name) : Number.NaN;
  const index = number < 0 ? columns.length + number : number;
  if (index >= 0 && index < columns.length) return index;
  throw new UserError(
    `${path}: there is no column "${name}" (${key}); ${suggestion(name, columns)} It has ${columns.join(', ')}.`,
  );
}

const usualLabels = ['label', 'class', 'target', 'y'];

function labelColumnOf(sheet: Sheet, { labelColumn }: OwnOptions): number {
  if (labelColumn !== undefined) return columnAt(sheet, labelColumn, 'label_column');
  const at = sheet.columns.findIndex((name) => usualLabels.includes(name.toLowerCase()));
  if (at >= 0) return at;
  throw new UserError(
    `${sheet.path}: which column holds the labels is not told by a name (${usualLabels.join(', ')}). Say it: label_column: NAME, or its ` +
      `number from 0, -1 for the last (--label-column). The columns are ${sheet.columns.join(', ')}.`,
  );
}

/** Features of a file's rows, f64; labels as texts. */
interface Cells {
  readonly sheet: Sheet;
  readonly features: readonly string[];
  readonly numbers: Float64Array;
  readonly labels: readonly string[];
}

/** @throws UserError naming line and column of what is no number */
function cellsOf(sheet: Sheet, options: OwnOptions): Cells {
  const { path, columns, rows, firstLine } = sheet;
  const label = labelColumnOf(sheet, options);
  const ignored = (options.ignoreColumns ?? []).map((name) => columnAt(sheet, name, 'ignore_columns'));
  if (ignored.includes(label))
    throw new UserError(
      `${path}: ignore_columns names the column of the labels, "${columns[label]}". Take it out of that list.`,
    );
  const taken = columns.map((_, i) => i).filter((i) => i !== label && !ignored.includes(i));
  if (taken.length === 0)
    throw new UserError(`${path}: beside the labels there is no column. Add some with numbers.`);
  const numbers = new Float64Array(rows.length * taken.length);
  rows.forEach((row, r) =>
    taken.forEach((column, k) => {
      const value = isNumber(row[column]) ? Number(row[column]) : Number.NaN;
      if (!Number.isFinite(value))
        throw new UserError(
          `${path}, line ${r + firstLine}: the column "${columns[column]}" holds ${row[column].trim() === '' ? 'nothing' : `"${row[column].trim()}"`}; ` +
            `features are finite numbers. Mend the cell, take the line out, or the column: ignore_columns: [${columns[column]}].`,
        );
      numbers[r * taken.length + k] = value;
    }),
  );
  return {
    sheet,
    features: taken.map((i) => columns[i]),
    numbers,
    labels: rows.map((row) => row[label].trim()),
  };
}

/** Labels that are whole numbers count as they are; words are classes in the order of the alphabet. */
function classesOf(parts: readonly Cells[]): {
  readonly classNames?: string[];
  readonly numberOf: (label: string) => number;
} {
  const words = new Set<string>();
  for (const { sheet, labels } of parts)
    labels.forEach((label, i) => {
      if (label === '')
        throw new UserError(
          `${sheet.path}, line ${i + sheet.firstLine}: the label is missing. Add it, or take the line out.`,
        );
      words.add(label);
    });
  if (![...words].every(isNumber)) {
    const classNames = [...words].sort();
    const numbers = new Map(classNames.map((name, i) => [name, i]));
    return { classNames, numberOf: (label) => numbers.get(label)! };
  }
  for (const { sheet, labels } of parts)
    labels.forEach((label, i) => {
      if (!(Number.isSafeInteger(Number(label)) && Number(label) >= 0))
        throw new UserError(
          `${sheet.path}, line ${i + sheet.firstLine}: the label is ${label}; labels are whole numbers from 0 on, or words.`,
        );
    });
  return { numberOf: Number };
}

/** v ↦ (v − from)/width of every feature, where one is asked for; of columns that hold one value 0. */
function scalingOf(parts: readonly Cells[], { featureScale, dataMin, dataMax }: OwnOptions) {
  const count = parts[0].features.length;
  if (featureScale !== 'minmax') return undefined;
  const end = (given: readonly number[] | undefined, pick: 1 | -1, key: string): Float64Array => {
    if (given && given.length !== 1 && given.length !== count)
      throw new UserError(
        `${key}: ${given.length} numbers for ${count} features. Give one, or one a feature.`,
      );
    return Float64Array.from({ length: count }, (_, k) => {
      if (given) return given[given.length === 1 ? 0 : k];
      let best = pick * -Infinity;
      for (const { numbers } of parts)
        for (let i = k; i < numbers.length; i += count)
          if (pick * numbers[i] > pick * best) best = numbers[i];
      return best;
    });
  };
  const [from, to] = [end(dataMin, -1, 'data_min'), end(dataMax, 1, 'data_max')];
  return { from, width: to.map((v, k) => v - from[k]) };
}

function read(path: string, options: OwnOptions): OwnSamples {
  const names = statSync(path).isDirectory()
    ? namesIn(path).files.filter((name) => isTable(name) && partNamed(name.split('.')[0]))
    : [''];
  const files: Record<string, string> = {};
  const cells = names.map((name): readonly [PartName | 'all', Cells] => {
    const file = join(path, name);
    const bytes = readBytes(file, 'table');
    files[basename(file)] = createHash('sha256').update(bytes).digest('hex');
    return [
      name === '' ? 'all' : partNamed(name.split('.')[0])!,
      cellsOf(sheetOf(file, bytes, options.header), options),
    ];
  });
  if (cells.length === 0)
    throw new UserError(
      `${path}: none of its tables is called train.csv, test.csv or val.csv. Name one file.`,
    );
  const all = cells.map(([, own]) => own);
  const { features } = all[0];
  for (const { sheet, features: own } of all)
    if (own.join('\0') !== features.join('\0'))
      throw new UserError(
        `${sheet.path}: its columns are ${own.join(', ')}, those of ${all[0].sheet.path} are ${features.join(', ')}. Give all the same columns.`,
      );
  const { classNames, numberOf } = classesOf(all);
  const scaling = scalingOf(all, options);
  const partOf = ({ sheet, numbers, labels }: Cells): OwnPart => {
    const line = (index: number): string => `${sheet.path}, line ${index + sheet.firstLine}`;
    const name = (index: number): string => `${line(index)}: it`;
    if (scaling) {
      const stated = { lower: options.dataMin, upper: options.dataMax, radii: [1] };
      requireRange({ values: Float32Array.from(numbers), name }, [features.length], stated, features);
    }
    const scaled = (v: number, i: number): number => {
      const { from, width } = scaling!;
      const k = i % features.length;
      return width[k] > 0 ? (v - from[k]) / width[k] : 0;
    };
    return {
      values: scaling ? Float32Array.from(numbers, scaled) : Float32Array.from(numbers),
      labels: Int32Array.from(labels, numberOf),
      name,
      labelName: line,
    };
  };
  const parts: Partial<Record<PartName | 'all', OwnPart>> = Object.fromEntries(
    cells.map(([part, own]) => [part, partOf(own)]),
  );
  const split = partsOf(parts);
  if (!split)
    throw new UserError(
      `${path}: there is ${Object.keys(files).join(' and ')}, but no train.csv. Add it, or name one file.`,
    );
  return {
    shape: [features.length],
    parts: split,
    ...(classNames && { classNames }),
    featureNames: features,
    range: scaling ? { lower: [0], upper: [1] } : {},
    files,
  };
}

/** Rows of numbers with a label column. */
export const table: OwnForm = {
  name: 'table',
  title: 'tables (.csv, .tsv)',
  sentence: 'Numeric columns and a label column; one file, or train.csv with test.csv.',
  options: tableOptions,
  holds: (path) =>
    statSync(path).isDirectory()
      ? namesIn(path).files.some((name) => isTable(name) && partNamed(name.split('.')[0]) === 'train')
      : isTable(path),
  read,
};
