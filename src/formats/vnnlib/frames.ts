/** @file The expressions of a formula whose closing bracket is still to come. */
import type { Disjuncts, LinearSum } from './atom.ts';
import type { Exact } from './exact.ts';
import { nextToken, type Lexer } from './lexer.ts';

/**
 * An `and`, `or` or `not`. Negations are pushed inwards while reading: under one, `and` is read as `or`.
 * `joined`: its parts go to the equal one around it.
 */
export interface LogicalFrame {
  readonly kind: 'and' | 'or';
  readonly word: string;
  readonly offset: number;
  /** Whether what stands inside is negated. */
  readonly negated: boolean;
  readonly parts: Disjuncts[];
  readonly joined: boolean;
  /** Formulas in it so far. */
  count: number;
}

/** A comparison of two or more values, each with its neighbour. */
export interface CompareFrame {
  readonly kind: 'compare';
  readonly offset: number;
  readonly operator: string;
  readonly negated: boolean;
  readonly operands: LinearSum[];
}

/** A sum or a difference: its operands go straight to the sum around it, times `scale`. */
export interface SumFrame {
  readonly kind: '+' | '-';
  readonly offset: number;
  readonly target: LinearSum;
  readonly scale: Exact;
  count: number;
  /** A difference of one operand, which it negates. */
  readonly unary: boolean;
}

export interface ProductFrame {
  readonly kind: '*' | '/';
  readonly offset: number;
  readonly target: LinearSum;
  readonly scale: Exact;
  readonly factors: LinearSum[];
}

/** An expression that holds numbers. */
export type NumericFrame = CompareFrame | SumFrame | ProductFrame;
export type Frame = LogicalFrame | NumericFrame;

export function isLogical(frame: Frame): frame is LogicalFrame {
  return frame.kind === 'and' || frame.kind === 'or';
}

/**
 * Offsets of every '-' with one operand, by one pass over the text: a difference is then known for what it is when it
 * opens, so that its operands need not wait and be copied level by level.
 */
export function unaryMinuses(text: string): ReadonlySet<number> {
  const lexer: Lexer = { text, offset: 0 };
  const found = new Set<number>();
  const open: { minus: number; operands: number }[] = [];
  let indices = false;
  for (let token = nextToken(lexer); token !== undefined; token = nextToken(lexer)) {
    const top = open.at(-1);
    if (token.text === '[' || token.text === ']') indices = token.text === '[';
    else if (token.text === '(') {
      if (top) top.operands++;
      open.push({ minus: -1, operands: -1 });
    } else if (token.text === ')') {
      const closed = open.pop();
      if (closed && closed.minus >= 0 && closed.operands === 1) found.add(closed.minus);
    } else if (top && !indices) {
      if (top.operands === -1 && token.text === '-') top.minus = token.offset;
      top.operands++;
    }
  }
  return found;
}
