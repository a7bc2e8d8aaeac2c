/** @file VNN-LIB text → its assertions in disjunctive normal form. */
import { declarationsOf, type Variable } from './declarations.ts';
import { add, decimal, divide, multiply, negate, one, zero, type Rational } from './rational.ts';
import { tokensOf } from './tokens.ts';

/** `Σ coefficient·variable <= bound`; strict comparisons are read as closed: more is unsafe then, never less. */
export interface Atom {
  readonly terms: ReadonlyMap<Variable, Rational>;
  readonly bound: Rational;
}

/** Conjunctions of which one has to hold. */
export type Disjuncts = readonly (readonly Atom[])[];

export interface Formulas {
  readonly inputs: number;
  readonly outputs: number;
  /** Element type of the input (VNN-LIB 2.0). */
  readonly declared?: string;
  readonly assertions: readonly Disjuncts[];
}

interface Sum {
  readonly terms: ReadonlyMap<Variable, Rational>;
  readonly constant: Rational;
}

/** Conjunctions, their atoms together, and brackets within brackets, at most. */
export const maxCases = 100_000;
const maxAtoms = 20_000_000;
const maxDepth = 1000;

const minusOne = negate(one);

/** Σ scale·sum. */
function combination(...parts: readonly (readonly [Sum, Rational])[]): Sum {
  const terms = new Map<Variable, Rational>();
  let constant = zero;
  for (const [sum, scale] of parts) {
    constant = add(constant, multiply(sum.constant, scale));
    for (const [id, coefficient] of sum.terms)
      terms.set(id, add(terms.get(id) ?? zero, multiply(coefficient, scale)));
  }
  for (const [id, { n }] of terms) if (n === 0n) terms.delete(id);
  return { terms, constant };
}

function atMost(a: Sum, b: Sum): Atom {
  const { terms, constant } = combination([a, one], [b, minusOne]);
  return { terms, bound: negate(constant) };
}

/** @throws CheckFailure property-malformed, property-unknown, too-large */
export function parseFormulas(text: string): Formulas {
  const tokens = tokensOf(text);
  const { take, fail, malformed } = tokens;
  const declarations = declarationsOf(tokens);
  let [depth, atoms] = [0, 0];
  const spend = (size: number): void => {
    atoms += size;
    if (atoms > maxAtoms) fail('too-large', 'the cases up to here are too many to hold');
  };

  /** Reads what stands up to the bracket that closes it. */
  function inside<T>(read: () => T): T[] {
    if (++depth > maxDepth) fail('too-large', `more than ${maxDepth} brackets within each other`);
    const parts: T[] = [];
    while (take() !== ')') parts.push(read());
    depth--;
    return parts;
  }
  /** The number that begins with the word just taken. */
  const number = (): Sum => {
    if (tokens.token !== '(') {
      const constant = decimal(tokens.token);
      if (constant) return { terms: new Map(), constant };
      return { terms: new Map([[declarations.variable(), one]]), constant: zero };
    }
    const operator = take();
    const operands = inside(number);
    const [first, ...rest] = operands;
    if (first === undefined) malformed(`'${operator}' of nothing`);
    if (operator === '+') return combination(...operands.map((sum) => [sum, one] as const));
    if (operator === '-' && rest.length === 0) return combination([first, minusOne]);
    if (operator === '-') return combination([first, one], ...rest.map((sum) => [sum, minusOne] as const));
    if (operator !== '*' && operator !== '/') fail('property-unknown', `'${operator}' is no operation`);
    const main = (operator === '*' && operands.find(({ terms }) => terms.size > 0)) || first;
    const scales = operands.filter((sum) => sum !== main);
    if (scales.some(({ terms, constant }) => terms.size > 0 || (operator === '/' && constant.n === 0n)))
      fail('property-unknown', 'a product of variables, or a division by one or by 0');
    const scale = scales.reduce((product, { constant }) => multiply(product, constant), one);
    return combination([main, operator === '*' ? scale : divide(one, scale)]);
  };
  const comparison = (operator: string, negated: boolean): Disjuncts => {
    const values = inside(number);
    const unequal = operator === '!=' || operator === 'distinct';
    if (values.length < 2 || (unequal && values.length > 2))
      malformed(`'${operator}' of ${values.length} values`);
    const pairs = values.slice(1).flatMap((right, i): (readonly [Sum, Sum])[] => {
      const [below, above] = [[values[i], right] as const, [right, values[i]] as const];
      if (operator.startsWith('<')) return [below];
      return operator.startsWith('>') ? [above] : [below, above];
    });
    if (negated === unequal) return [pairs.map(([a, b]) => atMost(a, b))];
    return pairs.map(([a, b]) => [atMost(b, a)]);
  };
  /** Every choice of one disjunct of each, the last varying fastest; parts without a choice are joined before. */
  const conjunction = (parts: readonly Disjuncts[]): Disjuncts => {
    const sure = parts.filter((part) => part.length === 1).flatMap(([only]) => only);
    spend(sure.length);
    return parts
      .filter((part) => part.length > 1)
      .reduce<Disjuncts>(
        (left, right) => {
          if (left.length * right.length > maxCases) fail('too-large', `more than ${maxCases} cases`);
          return left.flatMap((a) =>
            right.map((b) => {
              spend(a.length + b.length);
              return [...a, ...b];
            }),
          );
        },
        [sure],
      );
  };
  /** The formula that begins with the word just taken. */
  const formula = (negated: boolean): Disjuncts => {
    const { token } = tokens;
    if (token === 'true' || token === 'false')
      return [[{ terms: new Map(), bound: (token === 'true') === negated ? minusOne : zero }]];
    if (token !== '(') malformed('a formula should stand here');
    const operator = take();
    if (['<=', '>=', '<', '>', '==', '=', '!=', 'distinct'].includes(operator))
      return comparison(operator, negated);
    if (!['and', 'or', 'not'].includes(operator)) fail('property-unknown', `'${operator}' is no formula`);
    const parts = inside(() => formula(negated !== (operator === 'not')));
    if (parts.length === 0 || (operator === 'not' && parts.length > 1))
      malformed(`'${operator}' of ${parts.length} formulas`);
    if (operator === 'not') return parts[0];
    if ((operator === 'or') === negated) return conjunction(parts);
    const all = parts.flat();
    spend(all.length);
    return all.length > maxCases ? fail('too-large', `more than ${maxCases} cases`) : all;
  };

  const assertions: Disjuncts[] = [];
  while (take() !== '') {
    if (tokens.token !== '(') malformed("'(' should stand here");
    const command = take();
    if (command === 'assert') {
      take();
      assertions.push(formula(false));
      take(')');
    } else if (command === 'vnnlib-version') {
      if (!/^<[12]\.\d+>$/.test(take())) fail('property-unknown', 'a version that is not read');
      take(')');
    } else if (!declarations.declare(command)) fail('property-unknown', 'a command that is not read');
  }
  return { ...declarations.sizes(), assertions };
}
