/** @file Lists of instances as VNN-COMP has them: model, property, time limit; and tables of expected verdicts. */
import { existsSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, resolve } from 'node:path';
import { parseCsv } from '../../formats/csv.ts';
import { namingFile, readBytes } from '../../formats/readFile.ts';
import { UserError } from '../../formats/userError.ts';
import { label } from '../../formats/visible.ts';

/** One line of an instances.csv. */
export interface ListedInstance {
  /** As the file names them. */
  readonly onnx: string;
  readonly vnnlib: string;
  /** Found relative to the file. */
  readonly onnxPath: string;
  readonly vnnlibPath: string;
  readonly timeoutSeconds?: number;
  /** The verdict that others reached, where the file or a table tells it. */
  readonly expected?: string;
}

interface Columns {
  readonly onnx: number;
  readonly vnnlib: number;
  readonly timeout: number;
  readonly expected: number;
  readonly benchmark: number;
}

const positional: Columns = { onnx: 0, vnnlib: 1, timeout: 2, expected: 3, benchmark: -1 };

/** Columns by their titles; undefined where the first line is no line of titles. */
function titled(first: readonly string[]): Columns | undefined {
  const titles = first.map((title) => title.trim().toLowerCase());
  const find = (...names: readonly string[]): number => titles.findIndex((title) => names.includes(title));
  const [onnx, vnnlib] = [find('onnx', 'model'), find('vnnlib', 'property', 'spec')];
  if (onnx < 0 || vnnlib < 0) return undefined;
  return {
    onnx,
    vnnlib,
    timeout: find('timeout', 'timeout_s'),
    expected: find('expected', 'result', 'verdict'),
    benchmark: find('benchmark', 'category'),
  };
}

interface Line {
  readonly onnx: string;
  readonly vnnlib: string;
  readonly timeout: string;
  readonly expected: string;
  readonly benchmark: string;
}

function linesOf(path: string): Line[] {
  return namingFile(path, () => {
    const rows = parseCsv(Buffer.from(readBytes(path, 'list of instances')).toString('utf8'));
    const columns = rows[0] && titled(rows[0]);
    const { onnx, vnnlib, timeout, expected, benchmark } = columns ?? positional;
    return rows.slice(columns ? 1 : 0).map((row, index): Line => {
      const cell = (at: number): string => row[at]?.trim() ?? '';
      if (cell(onnx) === '' || cell(vnnlib) === '')
        throw new UserError(
          `line ${index + (columns ? 2 : 1)}: expected model, property and time limit, got "${label(row.join(','))}".`,
        );
      return {
        onnx: cell(onnx),
        vnnlib: cell(vnnlib),
        timeout: cell(timeout),
        expected: cell(expected),
        benchmark: cell(benchmark),
      };
    });
  });
}

function secondsOf(text: string, index: number): number | undefined {
  if (text === '') return undefined;
  const seconds = Number(text);
  if (!(seconds > 0))
    throw new UserError(`instance ${index + 1}: the time limit "${text}" is no number of seconds.`);
  return seconds;
}

/**
 * Reads a list of instances: lines `model,property,seconds[,expected]`, or any order below a line of titles.
 * @param expectedPath a table with the titles onnx, vnnlib, result and perhaps benchmark (the list's folder)
 * @throws UserError naming file and line
 */
export function readInstances(path: string, expectedPath?: string): ListedInstance[] {
  const folder = dirname(path);
  const at = (file: string): string => (isAbsolute(file) ? file : join(folder, file));
  const verdicts =
    expectedPath === undefined ? undefined : expectedVerdicts(expectedPath, basename(resolve(folder)));
  const lines = linesOf(path);
  if (lines.length === 0) throw new UserError(`${path}: there are no instances in it.`);
  return namingFile(path, () =>
    lines.map(({ onnx, vnnlib, timeout, expected }, index) => {
      const seconds = secondsOf(timeout, index);
      const known = verdicts?.get(keyOf(onnx, vnnlib)) ?? expected;
      return {
        onnx,
        vnnlib,
        onnxPath: unzippedOrNot(at(onnx)),
        vnnlibPath: unzippedOrNot(at(vnnlib)),
        ...(seconds !== undefined && { timeoutSeconds: seconds }),
        ...(known !== '' && { expected: known }),
      };
    }),
  );
}

const keyOf = (onnx: string, vnnlib: string): string => `${plain(onnx)} ${plain(vnnlib)}`;
const plain = (file: string): string => basename(file).replace(/\.gz$/, '');

function expectedVerdicts(path: string, benchmark: string): Map<string, string> {
  const lines = linesOf(path).filter((line) => line.benchmark === '' || line.benchmark === benchmark);
  return new Map(lines.map(({ onnx, vnnlib, expected }) => [keyOf(onnx, vnnlib), expected]));
}

/** VNN-COMP keeps its files compressed but lists them by their plain names. */
function unzippedOrNot(path: string): string {
  if (existsSync(path) || !existsSync(`${path}.gz`)) return path;
  return `${path}.gz`;
}
