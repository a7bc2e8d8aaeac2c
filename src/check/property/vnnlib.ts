/** @file A VNN-LIB text as a property: boxes by the inputs' bounds, rows by the outputs'. */
import { CheckFailure } from '../failure.ts';
import { budget, conjunction, parseFormulas, type Sum } from './formula.ts';
import type { InputSet, Property, Row } from './property.ts';
import { divide, enclose, isLess, minusOne, multiply, zero, type Rational } from './rational.ts';

/** Numbers in all boxes and rows, at most. */
const maxNumbers = 50_000_000;

/** Ends of inputs, as written. */
interface Box {
  readonly lower: ReadonlyMap<number, Rational>;
  readonly upper: ReadonlyMap<number, Rational>;
}

/** What atoms say together. */
interface Case {
  readonly box: Box;
  /** Of outputs. */
  readonly rows: readonly Sum[];
}

/** The least that makes a sum be ≤ 0: minus its constant. */
const boundOf = (atom: Sum): Rational => multiply(atom.get('one') ?? zero, minusOne);

/**
 * Undefined where atoms contradict each other, so that no input is meant. The box is the base's own where they say nothing of
 * inputs: cases of many inputs differ in rows alone, as a rule.
 */
function caseOf(
  atoms: Iterable<Sum>,
  base: Case = { box: { lower: new Map(), upper: new Map() }, rows: [] },
) {
  const rows = [...base.rows];
  let own: { lower: Map<number, Rational>; upper: Map<number, Rational> } | undefined;
  for (const atom of atoms) {
    const ids = [...atom.keys()].filter((id) => id !== 'one');
    const bound = boundOf(atom);
    if (ids.length === 0 && bound.n < 0n) return undefined;
    if (ids.length === 0) continue;
    if (ids.every((id) => id < 0)) {
      rows.push(atom);
      continue;
    }
    if (ids.length > 1)
      throw new CheckFailure('input-relations', 'The property ties inputs to one another, or to outputs.');
    own ??= { lower: new Map(base.box.lower), upper: new Map(base.box.upper) };
    const coefficient = atom.get(ids[0])!;
    const end = divide(bound, coefficient);
    const ends = coefficient.n > 0n ? own.upper : own.lower;
    const old = ends.get(ids[0]);
    if (old === undefined || (ends === own.upper ? isLess(end, old) : isLess(old, end)))
      ends.set(ids[0], end);
  }
  for (const [id, low] of own?.lower ?? []) if (isLess(own!.upper.get(id) ?? low, low)) return undefined;
  return { box: own ?? base.box, rows };
}

function rowOf(atom: Sum, outputs: number): Row {
  const coefficients = new Float64Array(outputs);
  for (const [id, coefficient] of atom) if (id !== 'one') coefficients[-1 - id] = enclose(coefficient)[0];
  const bound = enclose(boundOf(atom))[1];
  if (!Number.isFinite(bound) || !coefficients.every(Number.isFinite))
    throw new CheckFailure('property-unknown', 'A number of the property is beyond f64.');
  return { coefficients, bound };
}

/** Computes once for each key; cases share most of their ends and rows. */
function once<K extends object, V>(make: (key: K) => V): (key: K) => V {
  const made = new WeakMap<K, V>();
  return (key) => {
    const value = made.get(key) ?? make(key);
    made.set(key, value);
    return value;
  };
}

/**
 * The property of a VNN-LIB text. Cases without a point are left out; those with equal boxes form one set, in the order
 * of the first of them.
 * @throws CheckFailure property-malformed, property-unknown, input-relations, too-large
 */
export function readVnnlib(text: string): Property {
  const { inputs, assertions, ...rest } = parseFormulas(text);
  const common = caseOf(assertions.filter(({ length }) => length === 1).flatMap(([only]) => only));
  const cases =
    common &&
    conjunction(
      assertions.filter(({ length }) => length > 1),
      budget(),
    );
  const sets = new Map<string, Pick<InputSet, 'lower' | 'upper'> & { readonly unsafe: Row[][] }>();
  let numbers = 0;
  const spend = (size: number): void => {
    numbers += size;
    if (numbers > maxNumbers) throw new CheckFailure('too-large', 'The cases are too many to hold.');
  };
  const enclosed = once(enclose);
  const row = once((atom: Sum) => {
    spend(rest.outputs);
    return rowOf(atom, rest.outputs);
  });
  const sideOf = (ends: Box['lower'], side: 0 | 1): Float64Array =>
    new Float64Array(inputs).map((_, id) => {
      const end = ends.get(id);
      const value = end ? enclosed(end)[side] : Infinity;
      if (Number.isFinite(value)) return value;
      throw new CheckFailure('property-unknown', `The input X_${id} has no finite bound on one side.`);
    });
  const sidesOf = once((box: Box) => {
    const [lower, upper] = [sideOf(box.lower, 0), sideOf(box.upper, 1)];
    return { lower, upper, key: `${lower.join()};${upper.join()}` };
  });
  for (const atoms of cases ?? []) {
    const found = caseOf(atoms, common);
    if (found === undefined) continue;
    if (found.rows.length === 0)
      throw new CheckFailure(
        'property-unknown',
        'The property, or a case of it, says nothing about outputs.',
      );
    spend(found.rows.length + 2 * inputs);
    const { lower, upper, key } = sidesOf(found.box);
    const set = sets.get(key) ?? { lower, upper, unsafe: [] };
    sets.set(key, set);
    set.unsafe.push(found.rows.map(row));
  }
  return { sets: [...sets.values()], ...rest };
}
