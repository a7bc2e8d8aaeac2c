/** @file Unsafe outputs written as inequalities, e.g. `Y_0 - 2 Y_3 <= 0.5`, in a YAML list. */
import { namingFile, readBytes } from '../../formats/readFile.ts';
import { UserError } from '../../formats/userError.ts';
import { parseYaml } from '../../formats/yaml.ts';
import type { Conjunction, OutputRow } from '../specification.ts';

const term = /^\s*([+-]?)\s*(?:(\d+\.?\d*(?:e[+-]?\d+)?|\.\d+(?:e[+-]?\d+)?)\s*\*?\s*)?(?:Y_?(\d+)\b)?/i;

/** A sum of terms `2.5*Y_3`, `- Y_1`, `4`: coefficients by output, and the constant. */
function linear(
  text: string,
  whole: string,
): { readonly terms: Map<number, number>; readonly constant: number } {
  const terms = new Map<number, number>();
  let constant = 0;
  let rest = text;
  for (let first = true; rest.trim() !== ''; first = false) {
    const [matched, sign, number, output] = term.exec(rest)!;
    if ((number === undefined && output === undefined) || (!first && sign === ''))
      throw new UserError(
        `"${whole}" is not understood at "${rest.trim()}". Write, for example, Y_0 - 2 Y_3 <= 0.5.`,
      );
    const value = (sign === '-' ? -1 : 1) * (number === undefined ? 1 : Number(number));
    if (output === undefined) constant += value;
    else terms.set(Number(output), (terms.get(Number(output)) ?? 0) + value);
    rest = rest.slice(matched.length);
  }
  return { terms, constant };
}

/**
 * One inequality as a row `coefficients·y <= bound`.
 * @param outputs number of outputs of the network
 * @throws UserError where it is no linear inequality, or speaks of an output that is not there
 */
export function parseRow(text: string, outputs: number): OutputRow {
  const sides = text.split(/<=|>=/);
  if (sides.length !== 2)
    throw new UserError(`"${text}" is no inequality: expected one <= or >=, e.g. Y_0 - Y_3 <= 0.`);
  const [left, right] = sides.map((side) => linear(side, text));
  const sign = text.includes('>=') ? -1 : 1;
  const coefficients = new Float64Array(outputs);
  for (const [{ terms }, side] of [
    [left, sign],
    [right, -sign],
  ] as const)
    for (const [index, value] of terms) {
      if (index >= outputs)
        throw new UserError(
          `"${text}" speaks of Y_${index}, but the network has ${outputs} outputs (Y_0 … Y_${outputs - 1}).`,
        );
      coefficients[index] += side * value;
    }
  if (coefficients.every((c) => c === 0)) throw new UserError(`"${text}" says nothing about the outputs.`);
  return { coefficients, bound: sign * (right.constant - left.constant) + 0 };
}

/** Texts of inequalities: unsafe where all of any inner list hold. */
export type RowTexts = readonly (readonly string[])[];

/**
 * Reads a YAML list whose items are inequalities, or lists of inequalities that hold together.
 * @throws UserError naming the file
 */
export function readRowTexts(path: string): RowTexts {
  const text = Buffer.from(readBytes(path, 'list of inequalities')).toString('utf8');
  return namingFile(path, () => {
    const value = parseYaml(text);
    const isText = (item: unknown): item is string => typeof item === 'string';
    if (!Array.isArray(value) || value.length === 0) throw new UserError('expected a list of inequalities.');
    return value.map((item: unknown, index): string[] => {
      const rows = [item].flat();
      if (rows.length === 0 || !rows.every(isText))
        throw new UserError(
          `item ${index + 1}: expected an inequality such as "Y_0 <= Y_3", or a list of them.`,
        );
      return rows;
    });
  });
}

/** The rows for a network. @throws UserError as `parseRow` */
export const conjunctionsOf = (texts: RowTexts, outputs: number): Conjunction[] =>
  texts.map((rows) => rows.map((row) => parseRow(row, outputs)));
