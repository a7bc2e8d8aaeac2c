/** @file YAML texts within limits: what the parser makes of a hostile one is not worth waiting for, or ends the process. */
import { parseDocument, type Document, type LineCounter, type ParsedNode } from 'yaml';
import { UserError } from './userError.ts';

/** Limits on a text. A configuration has a few hundred keys, four levels deep. */
export const yamlLimits = {
  /** Characters. */
  length: 2 ** 18,
  /** Colons, and commas within braces; the parser compares every key of a group with every other. */
  keys: 5000,
  /** Brackets open at once. */
  brackets: 100,
  /** Blanks before the first letter of a line. */
  indentation: 200,
  /** Dashes of lists within lists in one line. */
  dashes: 20,
} as const;

/** A text that was parsed. */
export interface YamlText {
  readonly document: Document.Parsed<ParsedNode>;
  /**
   * Plain values; only where the document has no errors.
   * @throws UserError where an alias has no anchor, aliases multiply, or a value holds itself
   */
  values(): unknown;
}

/** @throws UserError where the text passes a limit, naming the line */
export function readYaml(text: string, lineCounter?: LineCounter): YamlText {
  checkLimits(text);
  const document = parseDocument(text, { prettyErrors: false, ...(lineCounter && { lineCounter }) });
  return {
    document,
    values() {
      let value: unknown;
      try {
        value = document.toJS({ maxAliasCount: 100 });
      } catch (error) {
        throw new UserError(`not valid YAML: ${(error as Error).message}`);
      }
      if (holdsItself(value)) throw new UserError('not valid YAML: a value holds itself.');
      return value;
    },
  };
}

/**
 * The plain values of a text.
 * @throws UserError where it is not valid YAML
 */
export function parseYaml(text: string): unknown {
  const lines = text.split('\n');
  const { document, values } = readYaml(text);
  const [error] = document.errors;
  if (error) {
    const line = text.slice(0, error.pos[0]).split('\n').length;
    throw new UserError(
      `line ${line}: not valid YAML: ${error.message} (${lines[line - 1]?.trim().slice(0, 60)})`,
    );
  }
  return values();
}

function checkLimits(text: string): void {
  const { length, keys, brackets, indentation, dashes } = yamlLimits;
  if (text.length > length)
    throw new UserError(`a YAML text of ${text.length} characters; at most ${length} are read.`);
  let colons = 0;
  let open = 0;
  let braces = 0;
  let blanks = 0;
  let line = 1;
  let begun = false;
  for (let at = 0; at < text.length; at++) {
    const letter = text[at];
    if (letter === '\n') {
      line++;
      blanks = 0;
      begun = false;
      continue;
    }
    if (letter === ' ' && !begun) blanks++;
    else begun = true;
    if (letter === ':' || (letter === ',' && braces > 0)) colons++;
    if (letter === '{') braces++;
    if (letter === '}' && braces > 0) braces--;
    // Quoted brackets count too: no honest text has so many.
    if (letter === '[' || letter === '{') open++;
    if ((letter === ']' || letter === '}') && open > 0) open--;
    const what =
      colons > keys
        ? `more than ${keys} keys`
        : open > brackets
          ? `more than ${brackets} brackets open at once`
          : blanks > indentation
            ? `more than ${indentation} blanks before a line`
            : undefined;
    if (what !== undefined)
      throw new UserError(`line ${line}: ${what}; that is beyond what is read of YAML.`);
  }
  const chain = new RegExp(`^[ \\t]*(?:-[ \\t]+){${dashes + 1}}`, 'm').exec(text);
  const complexKey = /^[ \t]*(?:-[ \t]+){0,20}\?(?:[ \t]|$)/m.exec(text);
  const found = chain ?? complexKey;
  if (!found) return;
  const where = text.slice(0, found.index).split('\n').length;
  throw new UserError(
    `line ${where}: ${chain ? `more than ${dashes} lists within each other` : 'a key written with "? "'}; that is ` +
      'beyond what is read of YAML.',
  );
}

/** Whether a list or group can be reached from itself. */
function holdsItself(value: unknown, within: ReadonlySet<unknown> = new Set()): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (within.has(value)) return true;
  const deeper = new Set(within).add(value);
  return Object.values(value).some((inner) => holdsItself(inner, deeper));
}
