/** @file VNN-LIB text → tokens, and places in it for messages. */
import { UserError } from '../userError.ts';
import { exactNumeral, maxDigits, type Exact } from './exact.ts';

/** A bracket, comma, quoted string or word, and where it begins in the text. */
export interface Token {
  readonly text: string;
  readonly offset: number;
}

/** What VNN-LIB is read from: the text and a position in it. */
export interface Lexer {
  readonly text: string;
  offset: number;
}

const blank = /[ \t\r\n\f\v\ufeff]*/y;
const tokenAt = /[()[\],]|"[^"\n]*"|[^ \t\r\n\f\v()[\],;"]+/y;

/** Line and column of a place of the text, both counted from 1. */
export function placeOf(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset);
  return { line: before.split('\n').length, column: offset - before.lastIndexOf('\n') };
}

/** @throws UserError at a place of the text, `line 3, column 7: …` */
export function fail({ text }: Lexer, { offset }: Pick<Token, 'offset'>, message: string): never {
  const { line, column } = placeOf(text, offset);
  throw new UserError(`line ${line}, column ${column}: ${message}`);
}

function afterBlank(text: string, offset: number): number {
  blank.lastIndex = offset;
  blank.test(text);
  return blank.lastIndex;
}

/** Takes the next token; undefined at the end of the text. Comments run from `;` to the end of the line. */
export function nextToken(lexer: Lexer): Token | undefined {
  const { text } = lexer;
  let offset = afterBlank(text, lexer.offset);
  while (text[offset] === ';') {
    const end = text.indexOf('\n', offset);
    const after = end < 0 ? text.length : end;
    // Readers differ in whether it ends a line: what follows might be a comment, or not.
    const bare = text.indexOf('\r', offset);
    if (bare >= 0 && bare < after - 1) fail(lexer, { offset: bare }, 'a carriage return within a comment.');
    offset = afterBlank(text, after);
  }
  lexer.offset = offset;
  if (offset >= text.length) return undefined;
  tokenAt.lastIndex = offset;
  const match = tokenAt.exec(text);
  if (match === null) fail(lexer, { offset }, 'a quoted string is not closed.');
  lexer.offset = tokenAt.lastIndex;
  return { text: match[0], offset };
}

/** Takes a token that must be there. */
export function takeToken(lexer: Lexer, expected: string): Token {
  const token = nextToken(lexer);
  if (token === undefined) {
    fail(lexer, { offset: lexer.text.length }, `the file ends where ${expected} should follow.`);
  }
  return token;
}

/** Takes a token that must be `text`. */
export function expectToken(lexer: Lexer, text: string): Token {
  const token = takeToken(lexer, `'${text}'`);
  if (token.text !== text) {
    fail(lexer, token, `'${shown(token.text)}' stands where '${text}' should.`);
  }
  return token;
}

/** A token's text, cut for messages. */
export function shown(text: string): string {
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
}

const numeral = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

/** The number a token stands for; undefined where it is none. */
export function numberOf(lexer: Lexer, token: Token): Exact | undefined {
  if (!numeral.test(token.text)) return undefined;
  if (!Number.isFinite(Number(token.text))) {
    fail(lexer, token, `the number ${shown(token.text)} is too large.`);
  }
  const value = exactNumeral(token.text);
  if (value === undefined) {
    fail(
      lexer,
      token,
      `the number ${shown(token.text)} has more than ${maxDigits} digits, or an exponent beyond ${maxDigits}.`,
    );
  }
  return value;
}
