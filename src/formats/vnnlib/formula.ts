/** @file One VNN-LIB formula → disjunctive normal form, without recursion, so that no depth overflows the stack. */
import { addSum, addTerm, conjunctionOf, type Atom, type Disjuncts, type LinearSum } from './atom.ts';
import { numberOf, shown, takeToken, vnnlibError, type Lexer, type Token } from './lexer.ts';
import { resolveVariable, type Variables } from './variables.ts';

/** Unsafe cases (disjuncts) of a file, at most. */
export const maxCases = 100_000;

/** Conjunctions and disjunctions built over a whole file, at most: what memory allows. */
export const maxJoins = 2_000_000;

/** How many of them are left. */
export interface Budget {
  left: number;
}

/** An 'and' or 'or' whose closing bracket is still to come. `joined`: its parts go to the equal one around it. */
interface LogicalFrame {
  readonly kind: 'and' | 'or';
  readonly offset: number;
  readonly parts: Disjuncts[];
  readonly joined: boolean;
  /** Number of parts before its own. */
  readonly start: number;
}

interface CompareFrame {
  readonly kind: 'compare';
  readonly offset: number;
  readonly operator: string;
  /** Left side less right side. */
  readonly sum: LinearSum;
  count: number;
}

/** A sum: its operands go straight to the sum around it, times `scale`. */
interface SumFrame {
  readonly kind: '+';
  readonly offset: number;
  readonly target: LinearSum;
  readonly scale: number;
  count: number;
}

/** A difference: its first operand waits, as a single one is negated. */
interface DifferenceFrame {
  readonly kind: '-';
  readonly offset: number;
  readonly target: LinearSum;
  readonly scale: number;
  readonly first: LinearSum;
  count: number;
}

interface ProductFrame {
  readonly kind: '*';
  readonly offset: number;
  readonly target: LinearSum;
  readonly scale: number;
  readonly factors: LinearSum[];
}

/** An expression that holds numbers. */
type NumericFrame = CompareFrame | SumFrame | DifferenceFrame | ProductFrame;
type Frame = LogicalFrame | NumericFrame;

function isLogical(frame: Frame): frame is LogicalFrame {
  return frame.kind === 'and' || frame.kind === 'or';
}

const comparisons = new Set(['<=', '>=', '<', '>', '==', '=', '!=']);

const newSum = (): LinearSum => ({ terms: new Map(), constant: 0 });

function fail(lexer: Lexer, { offset }: { readonly offset: number }, message: string): never {
  throw vnnlibError(lexer.text, offset, message);
}

/** Where the next operand of an arithmetic frame goes, and how it counts there. */
function operandSlot(frame: NumericFrame): { target: LinearSum; scale: number } {
  switch (frame.kind) {
    case 'compare':
      frame.count++;
      return { target: frame.sum, scale: frame.count === 1 ? 1 : -1 };
    case '+':
      frame.count++;
      return { target: frame.target, scale: frame.scale };
    case '-':
      frame.count++;
      return frame.count === 1
        ? { target: frame.first, scale: 1 }
        : { target: frame.target, scale: -frame.scale };
    case '*': {
      const factor = newSum();
      frame.factors.push(factor);
      return { target: factor, scale: 1 };
    }
  }
}

/** `left − right <= 0`, from the sum `left − right` times `sign`. */
function atomOf(sum: LinearSum, sign: 1 | -1, strict: boolean, offset: number): Atom {
  const terms =
    sign === 1 ? sum.terms : new Map([...sum.terms].map(([id, coefficient]) => [id, -coefficient]));
  // 0 − c, since −c would make −0 of 0.
  return { terms, bound: 0 - sign * sum.constant, strict, offset };
}

function closeComparison(lexer: Lexer, frame: CompareFrame): Disjuncts {
  const { operator, sum, count, offset } = frame;
  if (count !== 2) fail(lexer, frame, `'${operator}' compares two values, but ${count} are given.`);
  if (![sum.constant, ...sum.terms.values()].every(Number.isFinite)) {
    fail(lexer, frame, 'its numbers overflow when multiplied or added up.');
  }
  const below = (strict: boolean) => atomOf(sum, 1, strict, offset);
  const above = (strict: boolean) => atomOf(sum, -1, strict, offset);
  switch (operator) {
    case '<=':
      return [below(false)];
    case '<':
      return [below(true)];
    case '>=':
      return [above(false)];
    case '>':
      return [above(true)];
    case '!=':
      return [below(true), above(true)];
    default:
      return [[below(false), above(false)]];
  }
}

/** At most one factor may hold variables; the others scale it. */
function closeProduct(lexer: Lexer, frame: ProductFrame): void {
  const { factors, target } = frame;
  if (factors.length === 0) fail(lexer, frame, "'*' multiplies nothing.");
  const linear = factors.filter(({ terms }) => terms.size > 0);
  if (linear.length > 1) {
    fail(lexer, frame, 'a product of variables: polynomial constraints are not supported, only linear ones.');
  }
  const rest = factors.filter((factor) => factor !== linear[0]);
  const scale = rest.reduce((product, { constant }) => product * constant, frame.scale);
  if (linear.length === 0) {
    target.constant += scale;
    return;
  }
  addSum(target, linear[0], scale);
}

function closeJunction(lexer: Lexer, frame: LogicalFrame, budget: Budget): Disjuncts | undefined {
  const { kind, parts } = frame;
  if (parts.length === frame.start) fail(lexer, frame, `'${kind}' joins nothing.`);
  if (frame.joined) return undefined;
  const counts = parts.map((part) => part.length);
  const count = kind === 'or' ? counts.reduce((a, b) => a + b, 0) : counts.reduce((a, b) => a * b, 1);
  if (count > maxCases) {
    fail(
      lexer,
      frame,
      `this '${kind}' has ${count} cases in disjunctive normal form, more than ${maxCases}. Split it.`,
    );
  }
  budget.left -= parts.length + count;
  if (budget.left < 0) {
    fail(
      lexer,
      frame,
      "the 'and's and 'or's up to here multiply to too many cases to hold. Split the property.",
    );
  }
  return kind === 'or' ? parts.flat() : conjunctionOf(parts);
}

/** Opens the expression behind a '('. */
function open(lexer: Lexer, parent: Frame | undefined, operator: Token): Frame {
  const { text: word, offset } = operator;
  const logical = parent === undefined || isLogical(parent);
  if (word === 'and' || word === 'or') {
    if (!logical) fail(lexer, operator, `'${word}' stands where a number should.`);
    // 'or' inside 'or' adds to the outer one: any depth of them costs nothing.
    const joined = parent !== undefined && parent.kind === word;
    const parts = joined ? parent.parts : [];
    return { kind: word, offset, parts, joined, start: parts.length };
  }
  if (comparisons.has(word)) {
    if (!logical) fail(lexer, operator, `'${word}' stands where a number should.`);
    return { kind: 'compare', offset, operator: word, sum: newSum(), count: 0 };
  }
  if (word !== '+' && word !== '-' && word !== '*') {
    fail(
      lexer,
      operator,
      `'${shown(word)}' is no operator (known are and, or, <=, >=, <, >, ==, !=, +, -, *).`,
    );
  }
  if (logical) fail(lexer, operator, `'${word}' stands where a comparison, 'and' or 'or' should.`);
  const slot = operandSlot(parent);
  switch (word) {
    case '+':
      return { kind: word, offset, count: 0, ...slot };
    case '-':
      return { kind: word, offset, count: 0, first: newSum(), ...slot };
    default:
      return { kind: word, offset, factors: [], ...slot };
  }
}

/**
 * The formula of an `(assert …)`, up to the bracket that closes the formula.
 * @throws UserError with line and column.
 */
export function parseFormula(lexer: Lexer, variables: Variables, budget: Budget): Disjuncts {
  const frames: Frame[] = [];
  const first = takeToken(lexer, 'a formula');
  if (first.text !== '(') fail(lexer, first, `'${shown(first.text)}' stands where a formula should.`);
  frames.push(open(lexer, undefined, takeToken(lexer, 'an operator')));
  for (;;) {
    const frame = frames[frames.length - 1];
    const token = takeToken(lexer, "')'");
    if (token.text === '(') frames.push(open(lexer, frame, takeToken(lexer, 'an operator')));
    else if (token.text !== ')') takeOperand(lexer, variables, frame, token);
    else {
      frames.pop();
      const parent = frames[frames.length - 1];
      const disjuncts = close(lexer, frame, budget);
      if (disjuncts !== undefined) {
        if (parent === undefined) return disjuncts;
        if (isLogical(parent)) parent.parts.push(disjuncts);
      }
    }
  }
}

/** The value of a formula that is complete; undefined where it has been added elsewhere already. */
function close(lexer: Lexer, frame: Frame, budget: Budget): Disjuncts | undefined {
  switch (frame.kind) {
    case 'and':
    case 'or':
      return closeJunction(lexer, frame, budget);
    case 'compare':
      return closeComparison(lexer, frame);
    case '*':
      closeProduct(lexer, frame);
      return undefined;
    case '+':
    case '-':
      if (frame.count === 0) fail(lexer, frame, `'${frame.kind}' has no operands.`);
      if (frame.kind === '-')
        addSum(frame.target, frame.first, frame.count === 1 ? -frame.scale : frame.scale);
      return undefined;
  }
}

function takeOperand(lexer: Lexer, variables: Variables, frame: Frame, token: Token): void {
  if (isLogical(frame)) {
    fail(lexer, token, `'${shown(token.text)}' stands where a comparison, 'and' or 'or' should.`);
  }
  const { target, scale } = operandSlot(frame);
  const value = numberOf(lexer, token);
  if (value === undefined) addTerm(target, resolveVariable(lexer, variables, token), scale);
  else target.constant += scale * value;
}
