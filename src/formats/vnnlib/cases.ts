/** @file Asserted formulas → unsafe cases: a box of inputs and rows on the outputs each. */
import { isDeepStrictEqual } from 'node:util';
import { atomsOf, type Atom } from './atom.ts';
import { maxCases } from './formula.ts';
import { boxOf, contradiction, copyOf, noBounds, tighten, type Bounds } from './bounds.ts';
import { fractionOf, nearest } from './exact.ts';
import { placeOf, fail, type Lexer } from './lexer.ts';
import type { Assertion } from './parser.ts';
import type { InputBox, LinearRow, UnsafeCase, VnnlibProperty } from './property.ts';
import { variableName } from './variables.ts';

/** Atoms over all cases, and numbers in all boxes, at most: what memory allows. */
const maxSize = 50_000_000;

interface Sizes {
  readonly inputCount: number;
  readonly outputCount: number;
}

/** The atoms of one case, sorted by what they speak of. */
interface Sorted {
  readonly bounds: Atom[];
  readonly inputRows: Atom[];
  readonly outputRows: Atom[];
  /** Whether a comparison of constants is false, so that the case is empty. */
  impossible: boolean;
}

/** Whether a comparison of constants is true. */
function holds({ bound, strict }: Atom): boolean {
  const { n } = fractionOf(bound);
  return strict ? n > 0n : n >= 0n;
}

function sortAtoms(lexer: Lexer, atoms: Iterable<Atom>): Sorted {
  const sorted: Sorted = { bounds: [], inputRows: [], outputRows: [], impossible: false };
  for (const atom of atoms) {
    let inputs = 0;
    for (const id of atom.terms.keys()) if (id >= 0) inputs++;
    if (atom.terms.size === 0) sorted.impossible ||= !holds(atom);
    else if (inputs === 0) sorted.outputRows.push(atom);
    else if (inputs < atom.terms.size) {
      fail(lexer, atom, 'a comparison of inputs with outputs is not supported.');
    } else if (inputs === 1) sorted.bounds.push(atom);
    else sorted.inputRows.push(atom);
  }
  return sorted;
}

function requireBounded(lexer: Lexer, { lower, upper }: InputBox, offset: number): void {
  const index = lower.findIndex((value, position) => value === -Infinity || upper[position] === Infinity);
  if (index < 0) return;
  const side = lower[index] === -Infinity ? 'lower' : 'upper';
  fail(
    lexer,
    { offset },
    `the input ${variableName(index)} has no ${side} bound${offset === lexer.text.length ? '' : ' in this case'}.`,
  );
}

function rowOf({ terms, bound, strict }: Atom, count: number): LinearRow {
  const coefficients = new Float64Array(count);
  const indexOf = (id: number): number => (id >= 0 ? id : -1 - id);
  for (const [id, coefficient] of terms) coefficients[indexOf(id)] = nearest(coefficient);
  const row = { coefficients, bound: nearest(bound), strict };
  if ([bound, ...terms.values()].every((x) => typeof x === 'number')) return row;
  return {
    ...row,
    written: {
      coefficients: new Map([...terms].map(([id, coefficient]) => [indexOf(id), fractionOf(coefficient)])),
      bound: fractionOf(bound),
    },
  };
}

/** What the cases may still take of the memory, in numbers. */
interface Budget {
  left: number;
}

function spend(lexer: Lexer, budget: Budget, amount: number, offset: number): void {
  budget.left -= amount;
  if (budget.left < 0) {
    fail(
      lexer,
      { offset },
      `the cases up to here are too many to hold (${maxSize} numbers). Split the property.`,
    );
  }
}

/** Turns atoms into rows; an atom that several cases share gives one row object. */
function rowMaker(lexer: Lexer, budget: Budget): (atom: Atom, count: number) => LinearRow {
  const known = new Map<Atom, LinearRow>();
  return (atom, count) => {
    const old = known.get(atom);
    if (old !== undefined) return old;
    spend(lexer, budget, count, atom.offset);
    const row = rowOf(atom, count);
    known.set(atom, row);
    return row;
  };
}

/** Every choice of one disjunct of each assertion that has several; the last one varies fastest. */
function* choicesOf(choices: readonly Assertion[]): Generator<Atom[]> {
  const index = choices.map(() => 0);
  for (;;) {
    yield choices.flatMap(({ disjuncts }, position) => atomsOf(disjuncts[index[position]]));
    let position = choices.length - 1;
    while (position >= 0 && ++index[position] === choices[position].disjuncts.length) index[position--] = 0;
    if (position < 0) return;
  }
}

function checkCount(lexer: Lexer, choices: readonly Assertion[]): void {
  let count = 1;
  for (const { disjuncts, offset } of choices) {
    count *= disjuncts.length;
    if (count > maxCases) {
      fail(
        lexer,
        { offset },
        `up to here the asserted 'or's multiply to ${count} cases, more than ${maxCases}. Split the property.`,
      );
    }
  }
}

/** The box of a case, with the atoms it came from, and the input that makes it empty. */
interface BoxedAtoms {
  readonly bounds: readonly Atom[];
  readonly box: InputBox;
  readonly contradicted: number | undefined;
}

/** The base box tightened by a case's own bounds; equal boxes of neighbouring cases become one object. */
function tightened(base: Bounds, own: readonly Atom[], previous: BoxedAtoms | undefined): BoxedAtoms {
  let bounds = base;
  if (own.length > 0) {
    bounds = copyOf(base);
    for (const atom of own) tighten(bounds, atom);
  }
  const contradicted = contradiction(bounds);
  const box = boxOf(bounds);
  const same =
    previous !== undefined && previous.contradicted === contradicted && isDeepStrictEqual(box, previous.box);
  return { bounds: own, box: same ? previous.box : box, contradicted };
}

/**
 * The unsafe cases of a conjunction of assertions. Cases that hold no input are left out; `empty` says why none is left.
 * @throws UserError with line and column: unbounded inputs, no constraint on the outputs.
 */
export function casesOf(
  lexer: Lexer,
  assertions: readonly Assertion[],
  sizes: Sizes,
): Pick<VnnlibProperty, 'cases' | 'empty'> {
  const { inputCount, outputCount } = sizes;
  const end = lexer.text.length;
  const choices = assertions.filter(({ disjuncts }) => disjuncts.length > 1);
  checkCount(lexer, choices);
  const always = assertions.filter(({ disjuncts }) => disjuncts.length === 1);
  const common = sortAtoms(
    lexer,
    always.flatMap(({ disjuncts }) => atomsOf(disjuncts[0])),
  );
  const base = noBounds(inputCount);
  for (const atom of common.bounds) tighten(base, atom);
  const budget: Budget = { left: maxSize };
  const toRow = rowMaker(lexer, budget);
  const commonInputRows = common.inputRows.map((atom) => toRow(atom, inputCount));
  const commonOutputRows = common.outputRows.map((atom) => toRow(atom, outputCount));
  const commonRows = commonInputRows.length + commonOutputRows.length;

  const cases: UnsafeCase[] = [];
  let emptied: { readonly message: string; readonly offset: number } | undefined;
  let boxed: BoxedAtoms | undefined;
  /** Where a case speaks of no output: a fault where no other does either. */
  let silent: number | undefined;
  for (const atoms of choicesOf(choices)) {
    const own = sortAtoms(lexer, atoms);
    const offset = atoms[0]?.offset ?? end;
    if (common.impossible || own.impossible) {
      emptied ??= { message: 'a comparison of constants is false', offset };
      continue;
    }
    const known = isDeepStrictEqual(boxed?.bounds, own.bounds);
    spend(lexer, budget, atoms.length + commonRows + (known ? 0 : 2 * inputCount), offset);
    if (boxed === undefined || !known) boxed = tightened(base, own.bounds, boxed);
    const { box, contradicted } = boxed;
    if (contradicted !== undefined) {
      const range = `between ${box.lower[contradicted]} and ${box.upper[contradicted]}`;
      emptied ??= {
        message: `the input ${variableName(contradicted)} would lie ${range}`,
        offset:
          [...own.bounds, ...common.bounds].find(({ terms }) => terms.has(contradicted))?.offset ?? offset,
      };
      continue;
    }
    requireBounded(lexer, box, offset);
    silent ??= commonOutputRows.length + own.outputRows.length === 0 ? offset : undefined;
    cases.push({
      box,
      inputRows: [...commonInputRows, ...own.inputRows.map((atom) => toRow(atom, inputCount))],
      outputRows: [...commonOutputRows, ...own.outputRows.map((atom) => toRow(atom, outputCount))],
    });
  }
  if (silent !== undefined && cases.every(({ outputRows }) => outputRows.length === 0)) {
    fail(lexer, { offset: silent }, 'the property says nothing about the outputs.');
  }
  if (cases.length > 0 || emptied === undefined) return { cases };
  const { line, column } = placeOf(lexer.text, emptied.offset);
  return { cases, empty: `line ${line}, column ${column}: ${emptied.message}.` };
}
