/** @file The words of a VNN-LIB text, one after the other. */
import { CheckFailure, type FailureKind } from '../failure.ts';

const word = /;[^\n]*|[()[\],]|"[^"\n]*"|[^\s()[\],;"\ufeff]+|"/g;

export interface Tokens {
  /** The word taken last; '' at the end. */
  readonly token: string;
  /** Takes the next word. @throws CheckFailure property-malformed where it is not the wanted one */
  take(wanted?: string): string;
  fail(kind: FailureKind, what: string): never;
  malformed(what: string): never;
  /** `0,2]`: whole numbers up to the bracket. */
  list(): number[];
}

/** Comments run from `;` to the end of the line, of which readers differ in whether a bare carriage return is one. */
export function tokensOf(text: string): Tokens {
  const found = text.matchAll(word);
  let [token, offset] = ['', 0];
  const fail = (kind: FailureKind, what: string): never => {
    const line = text.slice(0, offset).split('\n').length;
    throw new CheckFailure(kind, `VNN-LIB, line ${line}, at '${token.slice(0, 40)}': ${what}.`);
  };
  const malformed = (what: string): never => fail('property-malformed', what);
  const take = (wanted?: string): string => {
    do {
      const { value } = found.next();
      [token, offset] = [value?.[0] ?? '', value?.index ?? text.length];
      if (/^;.*\r./s.test(token)) malformed('a carriage return within a comment');
    } while (token.startsWith(';'));
    return wanted === undefined || token === wanted ? token : malformed(`'${wanted}' should stand here`);
  };
  const list = (): number[] => {
    const numbers: number[] = [];
    while (take() !== ']') {
      if (!/^\d{1,9}$/.test(token)) malformed('a whole number should stand here');
      numbers.push(Number(token));
      if (take() === ']') break;
      if (token !== ',') malformed("',' or ']' should stand here");
    }
    return numbers;
  };
  return {
    get token() {
      return token;
    },
    take,
    fail,
    malformed,
    list,
  };
}
