/** @file VNN-LIB text (1.0, or 2.0 with one network) → its assertions in disjunctive normal form. */
import { CheckFailure, type FailureKind } from '../failure.ts';
import { add, decimal, divide, minusOne, multiply, one, zero, type Rational } from './rational.ts';

/** Input i is variable i, output i is variable −1 − i; 'one' is that of the constant. */
export type Variable = number | 'one';

/** Σ coefficient · variable; none of the coefficients is 0. */
export type Sum = ReadonlyMap<Variable, Rational>;

/** Conjunctions, of which one has to hold, of sums that are ≤ 0; strict comparisons are read as closed: more is unsafe then, never less. */
export type Disjuncts = readonly (readonly Sum[])[];

export interface Formulas {
  readonly inputs: number;
  readonly outputs: number;
  /** Element type of the input (VNN-LIB 2.0). */
  readonly declared?: string;
  readonly assertions: readonly Disjuncts[];
}

/** Conjunctions, their atoms together, brackets within brackets, and elements of a tensor, at most. */
const maxCases = 100_000;
const maxAtoms = 20_000_000;
const maxDepth = 1000;
const maxElements = 10_000_000;

type Expression = string | readonly Expression[];

function failAt(line: number, kind: FailureKind, what: string): never {
  throw new CheckFailure(kind, `VNN-LIB, the command of line ${line}: ${what}.`);
}

/** Comments, brackets, texts, and words, to which indices belong. */
const token = /;[^\n]*|[()]|"[^"\n]*"|[^\s()[\],;"]+(?:\s*\[[\d\s,]*\])?|\S/g;

/**
 * The commands of a text, as nested lists, and their lines. Comments run from `;` to the end of the line, of which readers differ in
 * whether a bare carriage return is one.
 */
function* commandsOf(text: string): Generator<[Expression[], number]> {
  const open: Expression[][] = [];
  let [line, before] = [1, 0];
  for (const { 0: word, index } of text.matchAll(token)) {
    if (open.length === 0) {
      for (; before < index; before++) if (text[before] === '\n') line++;
    }
    if (word.startsWith(';')) {
      if (/\r./s.test(word)) failAt(line, 'property-malformed', 'a carriage return within a comment');
    } else if (word === '(') {
      if (open.push([]) > maxDepth)
        failAt(line, 'too-large', `more than ${maxDepth} brackets within each other`);
    } else if (open.length === 0)
      failAt(line, 'property-malformed', `'(' should stand before ${word.slice(0, 40)}`);
    else if (word !== ')') open.at(-1)!.push(word);
    else {
      const done = open.pop()!;
      if (open.length === 0) yield [done, line];
      else open.at(-1)!.push(done);
    }
  }
  if (open.length > 0) failAt(line, 'property-malformed', `')' is missing at the end`);
}

/** Σ scale · sum. */
function combination(...parts: readonly (readonly [Sum, Rational])[]): Sum {
  const terms = new Map<Variable, Rational>();
  for (const [sum, scale] of parts)
    for (const [id, coefficient] of sum)
      terms.set(id, add(terms.get(id) ?? zero, multiply(coefficient, scale)));
  for (const [id, { n }] of terms) if (n === 0n) terms.delete(id);
  return terms;
}

/** Whole numbers between commas. */
const listOf = (text: string): number[] => (text.trim() === '' ? [] : text.split(',').map(Number));

/** Every choice of one disjunct of each, the last varying fastest; parts without a choice are joined before. */
export function conjunction(
  parts: readonly Disjuncts[],
  spend: (atoms: number, cases: number) => void,
): Disjuncts {
  const sure = parts.filter((part) => part.length === 1).flatMap(([only]) => only);
  spend(sure.length, 1);
  return parts
    .filter((part) => part.length > 1)
    .reduce<Disjuncts>(
      (left, right) => {
        spend(0, left.length * right.length);
        return left.flatMap((a) =>
          right.map((b) => {
            spend(a.length + b.length, 0);
            return [...a, ...b];
          }),
        );
      },
      [sure],
    );
}

/** Counts atoms and cases. @throws CheckFailure too-large */
export function budget(): (atoms: number, cases: number) => void {
  let spent = 0;
  return (atoms, cases) => {
    spent += atoms;
    if (spent > maxAtoms || cases > maxCases)
      throw new CheckFailure('too-large', `The property has more than ${maxCases} cases, or too long ones.`);
  };
}

/** @throws CheckFailure property-malformed, property-unknown, too-large */
export function parseFormulas(text: string): Formulas {
  const spend = budget();
  let line = 0;
  const fail = (kind: FailureKind, what: string): never => failAt(line, kind, what);
  const malformed = (what: string): never => fail('property-malformed', what);
  /** By name: a tensor of variables, `side` of them from `first` on. */
  const names = new Map<string, { shape: readonly number[]; first: number; side: 'inputs' | 'outputs' }>();
  const sizes: { inputs: number; outputs: number; declared?: string } = { inputs: 0, outputs: 0 };
  let network = false;

  const wordOf = (e: Expression | undefined): string =>
    typeof e === 'string' ? e : malformed('a word should stand here');
  const declareConst = ([name, type, ...more]: readonly Expression[]): void => {
    const [, letter, digits] =
      /^([XY])_(0|[1-9]\d{0,7})$/.exec(wordOf(name)) ?? fail('property-unknown', 'neither X_i nor Y_i');
    if (network || names.has(wordOf(name)) || type !== 'Real' || more.length > 0)
      malformed('no variable, or declared twice, or beside a network');
    const side = letter === 'X' ? 'inputs' : 'outputs';
    names.set(wordOf(name), { shape: [], first: Number(digits), side });
    sizes[side]++;
  };
  const declareTensor = (e: Expression): void => {
    const [kind, name = '', type = '', text = '""', ...more] = typeof e === 'string' ? [] : e.map(wordOf);
    const side = kind === 'declare-input' ? 'inputs' : 'outputs';
    const [, element, indices] =
      /^(\w+)\s*\[(.*)\]$/s.exec(type) ?? malformed('a tensor has a type and a shape');
    if (!['declare-input', 'declare-output'].includes(kind ?? '') || names.has(name) || sizes[side] > 0)
      fail('property-unknown', 'one input and one output, with names of their own, are read');
    if (!/^(?:real|float(?:16|32|64)|bfloat16)$/i.test(element))
      fail('property-unknown', 'this element type');
    if (!/^[A-Za-z]\w*$/.test(name) || !text.startsWith('"') || more.length > 0) malformed('no declaration');
    const shape = listOf(indices);
    if (side === 'inputs') sizes.declared = element.toLowerCase();
    sizes[side] = shape.reduce((size, length) => size * length, 1);
    if (!(sizes[side] > 0 && sizes[side] <= maxElements)) fail('too-large', `${sizes[side]} elements`);
    names.set(name, { shape, first: 0, side });
  };
  const variable = (word: string): Variable => {
    const [, name = '', indices = ''] = /^([^[\s]+)\s*(?:\[(.*)\])?$/s.exec(word) ?? [];
    const { shape, first, side } =
      names.get(name) ?? malformed(`${word.slice(0, 40)} is neither a number nor declared`);
    const places = listOf(indices);
    if (places.length !== shape.length || !places.every((at, axis) => at < shape[axis]))
      malformed(`${name} has the shape [${shape.join()}]`);
    const flat = places.reduce((index, at, axis) => index * shape[axis] + at, first);
    return side === 'inputs' ? flat : -1 - flat;
  };

  const isConstant = (sum: Sum): boolean => sum.size === Number(sum.has('one'));
  const number = (e: Expression): Sum => {
    if (typeof e === 'string') {
      const constant = decimal(e);
      return constant ? combination([new Map([['one', one]]), constant]) : new Map([[variable(e), one]]);
    }
    const [operator, ...rest] = e;
    const operands = rest.map(number);
    const first = operands[0] ?? malformed(`'${wordOf(operator)}' of nothing`);
    if (operator === '+' || operator === '-') {
      const sign = operator === '+' ? one : minusOne;
      const own = operands.length === 1 ? sign : one;
      return combination([first, own], ...operands.slice(1).map((sum) => [sum, sign] as const));
    }
    if (operator !== '*' && operator !== '/') fail('property-unknown', `${wordOf(operator)} is no operation`);
    const main = (operator === '*' && operands.find((sum) => !isConstant(sum))) || first;
    const scales = operands.filter((sum) => sum !== main);
    if (scales.some((sum) => !isConstant(sum) || (operator === '/' && sum.size === 0)))
      fail('property-unknown', 'a product of variables, or a division by one or by 0');
    const scale = scales.reduce((product, sum) => multiply(product, sum.get('one') ?? zero), one);
    return combination([main, operator === '*' ? scale : divide(one, scale)]);
  };
  const comparison = (operator: string, values: readonly Sum[], negated: boolean): Disjuncts => {
    const unequal = operator === '!=' || operator === 'distinct';
    if (values.length < 2 || (unequal && values.length > 2))
      malformed(`'${operator}' of ${values.length} values`);
    const atMost = values.slice(1).flatMap((right, i): Sum[] => {
      const difference = combination([values[i], one], [right, minusOne]);
      const reverse = combination([difference, minusOne]);
      if (operator.startsWith('<')) return [difference];
      return operator.startsWith('>') ? [reverse] : [difference, reverse];
    });
    return negated === unequal ? [atMost] : atMost.map((sum) => [combination([sum, minusOne])]);
  };
  const formula = (e: Expression, negated: boolean): Disjuncts => {
    if (e === 'true' || e === 'false') return [[new Map((e === 'true') === negated ? [['one', one]] : [])]];
    const [operator, ...rest] = typeof e === 'string' ? malformed('a formula should stand here') : e;
    const name = wordOf(operator);
    if (['<=', '>=', '<', '>', '==', '=', '!=', 'distinct'].includes(name))
      return comparison(name, rest.map(number), negated);
    if (!['and', 'or', 'not'].includes(name)) fail('property-unknown', `${name.slice(0, 40)} is no formula`);
    const parts = rest.map((part) => formula(part, negated !== (name === 'not')));
    if (parts.length === 0 || (name === 'not' && parts.length > 1))
      malformed(`'${name}' of ${parts.length} formulas`);
    if (name === 'not') return parts[0];
    if ((name === 'or') === negated) return conjunction(parts, spend);
    const all = parts.flat();
    spend(all.length, all.length);
    return all;
  };

  const assertions: Disjuncts[] = [];
  for (const [[command, ...rest], at] of commandsOf(text)) {
    line = at;
    if (command === 'assert' && rest.length === 1) assertions.push(formula(rest[0], false));
    else if (command === 'declare-const') declareConst(rest);
    else if (command === 'declare-network' && names.size === 0) {
      network = true;
      rest.slice(1).forEach(declareTensor);
    } else if (command !== 'vnnlib-version' || !/^<[12]\.\d+>$/.test(wordOf(rest[0])) || rest.length > 1)
      fail('property-unknown', 'a command, or a version, that is not read');
  }
  for (const { first, side } of names.values()) if (first >= sizes[side]) malformed('a variable is left out');
  if (sizes.inputs === 0 || sizes.outputs === 0) malformed('no input, or no output, is declared');
  return { ...sizes, assertions };
}
