/** @file One VNN-LIB formula → disjunctive normal form, without recursion, so that no depth overflows the stack. */
import {
  addConstant,
  addSum,
  addTerm,
  atomBelow,
  conjunctionOf,
  constantAtom,
  negatedAtom,
  type Atom,
  type Disjuncts,
  type LinearSum,
} from './atom.ts';
import { inverse, multiply, negate, type Exact } from './exact.ts';
import {
  isLogical,
  unaryMinuses,
  type CompareFrame,
  type Frame,
  type LogicalFrame,
  type NumericFrame,
  type ProductFrame,
} from './frames.ts';
import { numberOf, shown, takeToken, fail, type Lexer, type Token } from './lexer.ts';
import { resolveVariable, type Variables } from './variables.ts';

/** Unsafe cases (disjuncts) of a file, at most. */
export const maxCases = 100_000;

/** Conjunctions and disjunctions built over a whole file, at most: what memory allows. */
export const maxJoins = 2_000_000;

/** Terms copied from one sum into another over a whole file, at most. */
export const maxCopies = 5_000_000;

/** What is left of them. */
export interface Budget {
  joins: number;
  copies: number;
  /** Made when the first difference is met. */
  unary?: ReadonlySet<number>;
}

const comparisons = new Set(['<=', '>=', '<', '>', '==', '=', '!=', 'distinct']);

const newSum = (): LinearSum => ({ terms: new Map(), constant: 0 });

const tooLong = 'its numbers overflow, or take too many digits, when multiplied or added up.';

/** Where the next operand of an arithmetic frame goes, and how it counts there. */
function operandSlot(frame: NumericFrame): { target: LinearSum; scale: Exact } {
  switch (frame.kind) {
    case 'compare': {
      const operand = newSum();
      frame.operands.push(operand);
      return { target: operand, scale: 1 };
    }
    case '+':
    case '-': {
      frame.count++;
      const negated = frame.kind === '-' && (frame.unary || frame.count > 1);
      return { target: frame.target, scale: negated ? negate(frame.scale) : frame.scale };
    }
    case '*':
    case '/': {
      const factor = newSum();
      frame.factors.push(factor);
      return { target: factor, scale: 1 };
    }
  }
}

/** left − right. */
function difference(lexer: Lexer, frame: CompareFrame, left: LinearSum, right: LinearSum): LinearSum {
  const sum: LinearSum = { terms: new Map(left.terms), constant: left.constant };
  return addSum(sum, right, -1) ? sum : fail(lexer, frame, tooLong);
}

/** `operator` of two neighbours as atoms that hold together. */
function atomsBetween(operator: string, below: LinearSum, above: LinearSum, offset: number): Atom[] {
  switch (operator) {
    case '<=':
      return [atomBelow(below, false, offset)];
    case '<':
      return [atomBelow(below, true, offset)];
    case '>=':
      return [atomBelow(above, false, offset)];
    case '>':
      return [atomBelow(above, true, offset)];
    default:
      return [atomBelow(below, false, offset), atomBelow(above, false, offset)];
  }
}

function closeComparison(lexer: Lexer, frame: CompareFrame): Disjuncts {
  const { operator, operands, offset } = frame;
  const unequal = operator === '!=' || operator === 'distinct';
  if (operands.length < 2 || (unequal && operands.length > 2)) {
    const values = unequal ? 'two values' : 'two values or more';
    fail(lexer, frame, `'${operator}' compares ${values}, but ${operands.length} are given.`);
  }
  const atoms = operands.slice(1).flatMap((right, i) => {
    const below = difference(lexer, frame, operands[i], right);
    const above = difference(lexer, frame, right, operands[i]);
    return atomsBetween(operator, below, above, offset);
  });
  // What is negated, or unequal, fails in one atom at least.
  return frame.negated === unequal ? [joined(atoms)] : atoms.map(negatedAtom).reverse();
}

const joined = (atoms: readonly Atom[]): Disjuncts[number] =>
  conjunctionOf(atoms.map((atom): Disjuncts => [atom]))[0];

/** At most one factor may hold variables (of a quotient the first); the others scale it. */
function closeProduct(lexer: Lexer, frame: ProductFrame, budget: Budget): void {
  const { kind, factors, target } = frame;
  if (factors.length === 0) fail(lexer, frame, "'*' multiplies nothing.");
  if (kind === '/' && factors.length < 2) fail(lexer, frame, "'/' divides two values, but one is given.");
  const linear = factors.filter(({ terms }) => terms.size > 0);
  if (linear.length > 1 || (kind === '/' && linear.length === 1 && linear[0] !== factors[0])) {
    const what = kind === '*' ? 'a product of variables' : 'a division by a variable';
    fail(lexer, frame, `${what}: polynomial constraints are not supported, only linear ones.`);
  }
  const [main] = linear.length === 1 ? linear : factors;
  let scale = frame.scale;
  for (const factor of factors) {
    if (factor === main) continue;
    const by = kind === '*' ? factor.constant : inverse(factor.constant);
    if (by === undefined) fail(lexer, frame, 'a division by 0, or nearly.');
    scale = multiply(scale, by) ?? fail(lexer, frame, tooLong);
  }
  // One term costs nothing beside its own text.
  budget.copies -= Math.max(0, main.terms.size - 1);
  if (budget.copies < 0) {
    fail(lexer, frame, `products of long sums inside each other: more than ${maxCopies} terms in all.`);
  }
  if (!addSum(target, main, scale)) fail(lexer, frame, tooLong);
}

function closeJunction(lexer: Lexer, frame: LogicalFrame, budget: Budget): Disjuncts | undefined {
  const { kind, word, parts, count: own } = frame;
  if (own === 0) fail(lexer, frame, `'${word}' joins nothing.`);
  if (word === 'not' && own > 1) fail(lexer, frame, `'not' takes one formula, but ${own} are given.`);
  if (frame.joined) return undefined;
  if (parts.length === 1) return parts[0];
  const counts = parts.map((part) => part.length);
  const count = kind === 'or' ? counts.reduce((a, b) => a + b, 0) : counts.reduce((a, b) => a * b, 1);
  if (count > maxCases) {
    fail(
      lexer,
      frame,
      `this '${word}' has ${count} cases in disjunctive normal form, more than ${maxCases}. Split it.`,
    );
  }
  budget.joins -= parts.length + count;
  if (budget.joins < 0) {
    fail(
      lexer,
      frame,
      `the 'and's and 'or's up to here multiply to too many cases to hold (${maxJoins} joins). Split the property.`,
    );
  }
  return kind === 'or' ? parts.flat() : conjunctionOf(parts);
}

/** Opens the expression behind a '('. */
function open(lexer: Lexer, parent: Frame | undefined, operator: Token, budget: Budget): Frame {
  const { text: word, offset } = operator;
  const logical = parent === undefined || isLogical(parent);
  const outside = parent !== undefined && isLogical(parent) && parent.negated;
  if (parent !== undefined && isLogical(parent)) parent.count++;
  if (word === 'and' || word === 'or' || word === 'not') {
    if (!logical) fail(lexer, operator, `'${word}' stands where a number should.`);
    const negated = outside !== (word === 'not');
    const around = parent?.kind;
    const kind = word === 'not' ? (around ?? 'and') : negated === (word === 'or') ? 'and' : 'or';
    // 'or' inside 'or' adds to the outer one: any depth of them costs nothing. So does a negation in either.
    const merged = around === kind;
    const parts = merged ? (parent as LogicalFrame).parts : [];
    return { kind, word, offset, negated, parts, joined: merged, count: 0 };
  }
  if (comparisons.has(word)) {
    if (!logical) fail(lexer, operator, `'${word}' stands where a number should.`);
    return { kind: 'compare', offset, operator: word, negated: outside, operands: [] };
  }
  if (word !== '+' && word !== '-' && word !== '*' && word !== '/') {
    fail(
      lexer,
      operator,
      `'${shown(word)}' is no operator (known are and, or, not, <=, >=, <, >, ==, !=, +, -, *, /).`,
    );
  }
  if (logical) fail(lexer, operator, `'${word}' stands where a comparison, 'and' or 'or' should.`);
  const slot = operandSlot(parent);
  if (word === '*' || word === '/') return { kind: word, offset, factors: [], ...slot };
  const unary = word === '-' && (budget.unary ??= unaryMinuses(lexer.text)).has(offset);
  return { kind: word, offset, count: 0, unary, ...slot };
}

/**
 * The formula of an `(assert …)`, up to the bracket that closes the formula.
 * @throws UserError with line and column.
 */
export function parseFormula(lexer: Lexer, variables: Variables, budget: Budget): Disjuncts {
  const frames: Frame[] = [];
  const first = takeToken(lexer, 'a formula');
  const constant = truthOf(first, false);
  if (constant) return constant;
  if (first.text !== '(') fail(lexer, first, `'${shown(first.text)}' stands where a formula should.`);
  frames.push(open(lexer, undefined, takeToken(lexer, 'an operator'), budget));
  for (;;) {
    const frame = frames[frames.length - 1];
    const token = takeToken(lexer, "')'");
    if (token.text === '(') frames.push(open(lexer, frame, takeToken(lexer, 'an operator'), budget));
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
    case '/':
      closeProduct(lexer, frame, budget);
      return undefined;
    case '+':
    case '-':
      if (frame.count === 0) fail(lexer, frame, `'${frame.kind}' has no operands.`);
      return undefined;
  }
}

/** The words true and false. */
function truthOf({ text, offset }: Token, negated: boolean): Disjuncts | undefined {
  return text === 'true' || text === 'false'
    ? [constantAtom((text === 'true') !== negated, offset)]
    : undefined;
}

function takeOperand(lexer: Lexer, variables: Variables, frame: Frame, token: Token): void {
  if (isLogical(frame)) {
    const constant = truthOf(token, frame.negated);
    if (!constant) {
      fail(lexer, token, `'${shown(token.text)}' stands where a comparison, 'and' or 'or' should.`);
    }
    frame.count++;
    frame.parts.push(constant);
    return;
  }
  const { target, scale } = operandSlot(frame);
  const value = numberOf(lexer, token);
  const held =
    value === undefined
      ? addTerm(target, resolveVariable(lexer, variables, token), scale)
      : addConstant(target, value, scale);
  if (!held) fail(lexer, token, tooLong);
}
