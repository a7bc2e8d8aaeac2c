/** @file One linear comparison, and disjunctions of conjunctions of them. */
import type { VariableId } from './variables.ts';

/** Σ coefficient·variable + constant. */
export interface LinearSum {
  readonly terms: Map<VariableId, number>;
  constant: number;
}

/** `Σ terms <= bound`, or `<` where strict. */
export interface Atom {
  readonly terms: ReadonlyMap<VariableId, number>;
  readonly bound: number;
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

/** Adds `scale·term` to a sum. */
export function addTerm(sum: LinearSum, id: VariableId, scale: number): void {
  const coefficient = (sum.terms.get(id) ?? 0) + scale;
  if (coefficient === 0) sum.terms.delete(id);
  else sum.terms.set(id, coefficient);
}

/** Adds `scale·addend` to a sum. */
export function addSum(sum: LinearSum, addend: LinearSum, scale: number): void {
  sum.constant += scale * addend.constant;
  for (const [id, coefficient] of addend.terms) addTerm(sum, id, scale * coefficient);
}

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
