/** @file Reads a VNN-LIB property. */
import { gunzipped } from '../inflate.ts';
import { namingFile, readBytes } from '../readFile.ts';
import { casesOf } from './cases.ts';
import type { Lexer } from './lexer.ts';
import { parse } from './parser.ts';
import type { VnnlibProperty } from './property.ts';
import { countVariables } from './variables.ts';

/**
 * Parses VNN-LIB text, version 1.0 as VNN-COMP uses it, or 2.0 for one network with linear constraints.
 * Numbers are f64, and constants are folded in f64.
 * @throws UserError with line and column.
 */
export function parseVnnlib(text: string): VnnlibProperty {
  const lexer: Lexer = { text, offset: 0 };
  const { variables, assertions } = parse(lexer);
  const sizes = countVariables(lexer, variables);
  return { ...sizes, ...casesOf(lexer, assertions, sizes) };
}

/**
 * Reads a .vnnlib or .vnnlib.gz file.
 * @throws UserError naming file, line and column.
 */
export function readVnnlib(path: string): VnnlibProperty {
  const text = propertyText(path);
  return namingFile(path, () => parseVnnlib(text));
}

/** The text of a .vnnlib or .vnnlib.gz file. @throws UserError naming it */
export function propertyText(path: string): string {
  const bytes = readBytes(path, 'property');
  return namingFile(path, () => Buffer.from(gunzipped(bytes)).toString('utf8'));
}
