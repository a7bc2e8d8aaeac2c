/** @file One linear comparison, and disjunctions of conjunctions of them. */
import { add, multiply, negate, type Exact } from './exact.ts';
import type { VariableId } from './variables.ts';

/** Σ coefficient·variable + constant. */
export interface LinearSum {
  readonly terms: Map<VariableId, Exact>;
  constant: Exact;
}

/** `Σ terms <= bound`, or `<` where strict. Without terms it is a comparison of 0 with the bound. */
export interface Atom {
  readonly terms: ReadonlyMap<VariableId, Exact>;
  readonly bound: Exact;
  readonly strict: boolean;
  /** Where its comparison begins in the text. */
  readonly offset: number;
}

/** A conjunction, joined in constant time: an atom, or two conjunctions. */
export type Conjunction = Atom | readonly [Conjunction, Conjunction];

/** A formula in disjunctive normal form. */
export type Disjuncts = readonly Conjunction[];

/** The atoms of a conjunction in the order of the text. */
export function atomsOf(conjunction: Conjunction): Atom[] {
  const atoms: Atom[] = [];
  const waiting: Conjunction[] = [conjunction];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if ('terms' in next) atoms.push(next);
    else waiting.push(next[1], next[0]);
  }
  return atoms;
}

/**
 * Adds a term to a sum.
 * @returns false where a number takes too many digits
 */
export function addTerm(sum: LinearSum, id: VariableId, scale: Exact): boolean {
  const coefficient = add(sum.terms.get(id) ?? 0, scale);
  if (coefficient === undefined) return false;
  if (coefficient === 0) sum.terms.delete(id);
  else sum.terms.set(id, coefficient);
  return true;
}

/** Adds `scale·addend` to a sum's constant; false as above. */
export function addConstant(sum: LinearSum, addend: Exact, scale: Exact): boolean {
  const product = multiply(scale, addend);
  const constant = product === undefined ? undefined : add(sum.constant, product);
  if (constant === undefined) return false;
  sum.constant = constant;
  return true;
}

/** Adds `scale·addend` to a sum; false as above. */
export function addSum(sum: LinearSum, addend: LinearSum, scale: Exact): boolean {
  if (!addConstant(sum, addend.constant, scale)) return false;
  for (const [id, coefficient] of addend.terms) {
    const product = multiply(scale, coefficient);
    if (product === undefined || !addTerm(sum, id, product)) return false;
  }
  return true;
}

const negatedTerms = (terms: Atom['terms']): Map<VariableId, Exact> =>
  new Map([...terms].map(([id, coefficient]) => [id, negate(coefficient)]));

/** `sum <= 0`, or `< 0`. */
export const atomBelow = ({ terms, constant }: LinearSum, strict: boolean, offset: number): Atom => ({
  terms,
  bound: negate(constant),
  strict,
  offset,
});

/** What holds just where an atom does not. */
export const negatedAtom = ({ terms, bound, strict, offset }: Atom): Atom => ({
  terms: negatedTerms(terms),
  bound: negate(bound),
  strict: !strict,
  offset,
});

/** An atom that always holds, or never. */
export const constantAtom = (holds: boolean, offset: number): Atom => ({
  terms: new Map(),
  bound: holds ? 0 : -1,
  strict: false,
  offset,
});

/** Every choice of one disjunct of each part, joined; the last part varies fastest. */
export function conjunctionOf(parts: readonly Disjuncts[]): Disjuncts {
  const single = parts.filter((part) => part.length === 1);
  const several = parts.filter((part) => part.length > 1);
  // Parts without a choice are joined first, so that each case takes only as many steps as there are choices.
  let result: Disjuncts | undefined;
  if (single.length > 0) result = [single.map(([only]) => only).reduce((left, right) => [left, right])];
  for (const part of several) {
    const left = result;
    result = left?.flatMap((first) => part.map((second): Conjunction => [first, second])) ?? part;
  }
  return result ?? [];
}
