/** @file Foreign text as people may see it: no control characters, no endless labels, no formulas. */

// C0, DEL, C1; marks that turn the direction of writing or are invisible; line and paragraph separators; lone halves.
const hidden =
  // oxlint-disable-next-line no-control-regex -- the control characters are what is looked for
  /[\u0000-\u001F\u007F-\u009F\u061C\u200B\u200E\u200F\u2028-\u202E\u2060\u2066-\u2069\uFEFF]|[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/g;

function escaped(letter: string): string {
  const code = letter.charCodeAt(0);
  if (letter === '\n') return String.raw`\n`;
  if (letter === '\r') return String.raw`\r`;
  if (letter === '\t') return String.raw`\t`;
  // What JSON leaves as it is gets the escape that JSON knows.
  return code < 127 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`;
}

/** A name or a value in one line: control characters, and what is unseen but acts, stand as escapes such as `\x1b`. */
export function visible(text: string): string {
  return text.replace(hidden, escaped);
}

/** The same of a message or a page of output, which may have lines and tabs. */
export function visibleLines(text: string): string {
  return text.replace(hidden, (letter) => (letter === '\n' || letter === '\t' ? letter : escaped(letter)));
}

/** Characters of a label, unless another number is asked for. */
const labelLength = 80;

/** A name as a label: visible, and cut in the middle with `…` where it is longer than `most` characters. */
export function label(text: string, most = labelLength): string {
  const seen = visible(text.length > 4 * most ? `${text.slice(0, 2 * most)}${text.slice(-2 * most)}` : text);
  const letters = Array.from(seen);
  if (letters.length <= most) return seen;
  const end = Math.floor((most - 1) / 3);
  return `${letters.slice(0, most - 1 - end).join('')}…${letters.slice(letters.length - end).join('')}`;
}

/** Letters of a sentence, such as a note, that is shown. */
const sentenceLength = 400;

const sentences: ReadonlySet<string> = new Set(['message', 'command']);

/** A record with every name and text in it, keys too, as a label; sentences are longer. */
export function labelled<T>(value: T, key = ''): T {
  if (typeof value === 'string') return label(value, sentences.has(key) ? sentenceLength : labelLength) as T;
  if (Array.isArray(value)) return value.map((item: unknown) => labelled(item, key)) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [label(name), labelled(inner as unknown, name)]),
  ) as T;
}

/**
 * A text as the field of a table that spreadsheets open: they run a field that begins with `= + - @` as a formula, so
 * an apostrophe is put before it (OWASP, "CSV injection"). Numbers stay numbers.
 */
export function tableCell(text: string): string {
  const seen = visible(text);
  return /^[=+\-@]/.test(seen) && !/^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i.test(seen) ? `'${seen}` : seen;
}
