/** @file VNN-LIB text → declarations and asserted formulas. */
import type { Disjuncts } from './atom.ts';
import { maxCopies, maxJoins, parseFormula, type Budget } from './formula.ts';
import { expectToken, nextToken, shown, takeToken, fail, type Lexer } from './lexer.ts';
import { declareConst, declareNetwork, type Variables } from './variables.ts';

/** One `(assert …)`. */
export interface Assertion {
  readonly disjuncts: Disjuncts;
  readonly offset: number;
}

/** A parsed file. */
export interface Parsed {
  readonly variables: Variables;
  readonly assertions: readonly Assertion[];
}

function expectVersion(lexer: Lexer): void {
  const version = takeToken(lexer, 'a version');
  if (!/^<[12]\.\d+>$/.test(version.text)) {
    fail(lexer, version, `VNN-LIB version '${shown(version.text)}' is not supported (1.0 and 2.0 are).`);
  }
  expectToken(lexer, ')');
}

/**
 * Parses VNN-LIB 1.0 or 2.0; time and memory are linear in the text, but for formulas that multiply cases.
 * @throws UserError with line and column.
 */
export function parse(lexer: Lexer): Parsed {
  const variables: Variables = { scalars: new Map(), tensors: new Map(), network: undefined };
  const assertions: Assertion[] = [];
  const budget: Budget = { joins: maxJoins, copies: maxCopies };
  for (let token = nextToken(lexer); token !== undefined; token = nextToken(lexer)) {
    if (token.text !== '(') fail(lexer, token, `'${shown(token.text)}' stands where '(' should.`);
    const command = takeToken(lexer, 'a command');
    if (command.text === 'assert') {
      assertions.push({ disjuncts: parseFormula(lexer, variables, budget), offset: command.offset });
      expectToken(lexer, ')');
    } else if (command.text === 'declare-const' || command.text === 'declare-network') {
      const network = command.text === 'declare-network';
      if (network ? variables.scalars.size > 0 : variables.network !== undefined) {
        fail(
          lexer,
          command,
          'declare-const is of VNN-LIB 1.0 and declare-network of 2.0: a file uses one of them.',
        );
      }
      if (network) declareNetwork(lexer, variables);
      else declareConst(lexer, variables);
    } else if (command.text === 'vnnlib-version') expectVersion(lexer);
    else {
      fail(
        lexer,
        command,
        `'${shown(command.text)}' is no command (known are vnnlib-version, declare-const, declare-network, assert).`,
      );
    }
  }
  return { variables, assertions };
}
