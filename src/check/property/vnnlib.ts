/** @file A VNN-LIB text as a property: boxes by the inputs' bounds, rows by the outputs'. */
import { CheckFailure } from '../failure.ts';
import { maxCases, parseFormulas, type Atom, type Disjuncts } from './formula.ts';
import type { InputSet, Property, Row } from './property.ts';
import { divide, enclose, isLess, type Rational } from './rational.ts';

/** Numbers in all boxes and rows, at most. */
const maxNumbers = 50_000_000;

/** Ends of inputs, as written. */
type Ends = Map<number, Rational>;

interface Case {
  readonly lower: Ends;
  readonly upper: Ends;
  readonly rows: readonly Atom[];
}

/** What atoms say together; undefined where they contradict each other, so that no input is meant. */
function caseOf(atoms: Iterable<Atom>, base?: Case): Case | undefined {
  const [lower, upper] = [new Map(base?.lower), new Map(base?.upper)];
  const rows = [...(base?.rows ?? [])];
  for (const atom of atoms) {
    const { terms, bound } = atom;
    const ids = [...terms.keys()];
    if (ids.length === 0 && bound.n < 0n) return undefined;
    if (ids.length === 0) continue;
    if (ids.every((id) => id < 0)) {
      rows.push(atom);
      continue;
    }
    if (ids.length > 1)
      throw new CheckFailure('input-relations', 'The property ties inputs to one another, or to outputs.');
    const [[id, coefficient]] = terms;
    const end = divide(bound, coefficient);
    const [ends, isTighter] =
      coefficient.n > 0n
        ? [upper, (old: Rational) => isLess(end, old)]
        : [lower, (old: Rational) => isLess(old, end)];
    const old = ends.get(id);
    if (old === undefined || isTighter(old)) ends.set(id, end);
  }
  for (const [id, low] of lower) {
    const high = upper.get(id);
    if (high !== undefined && isLess(high, low)) return undefined;
  }
  return { lower, upper, rows };
}

function rowOf({ terms, bound }: Atom, outputs: number): Row {
  const coefficients = new Float64Array(outputs);
  let exact = true;
  for (const [id, coefficient] of terms) {
    const [below, above] = enclose(coefficient);
    coefficients[-1 - id] = below;
    exact &&= below === above;
  }
  const row = { coefficients, bound: enclose(bound)[1], exact };
  if (!Number.isFinite(row.bound) || !coefficients.every(Number.isFinite))
    throw new CheckFailure('property-unknown', 'A number of the property is beyond f64.');
  return row;
}

const enclosed = new WeakMap<Rational, readonly [number, number]>();

/** Cases share most of their ends. */
function encloseOnce(end: Rational): readonly [number, number] {
  const known = enclosed.get(end) ?? enclose(end);
  enclosed.set(end, known);
  return known;
}

function boxOf({ lower, upper }: Case, inputs: number): Pick<InputSet, 'lower' | 'upper'> {
  const side = (ends: Ends, at: 0 | 1, name: string): Float64Array =>
    Float64Array.from({ length: inputs }, (_, id) => {
      const end = ends.get(id);
      const value = end === undefined ? Infinity : encloseOnce(end)[at];
      if (Number.isFinite(value)) return value;
      throw new CheckFailure('property-unknown', `The input X_${id} has no finite ${name} bound.`);
    });
  return { lower: side(lower, 0, 'lower'), upper: side(upper, 1, 'upper') };
}

/** Every choice of one disjunct of each; the last varies fastest. */
function* choicesOf(parts: readonly Disjuncts[]): Generator<Atom[]> {
  const total = parts.reduce((product, { length }) => product * length, 1);
  if (total > maxCases) throw new CheckFailure('too-large', `The property has more than ${maxCases} cases.`);
  for (let choice = 0; choice < total; choice++) {
    let rest = choice;
    const chosen = parts.toReversed().map((part) => {
      const at = rest % part.length;
      rest = (rest - at) / part.length;
      return part[at];
    });
    yield chosen.toReversed().flat();
  }
}

/**
 * The property of a VNN-LIB text. Cases without a point are left out; those with equal boxes form one set, in the order
 * of the first of them.
 * @throws CheckFailure property-malformed, property-unknown, input-relations, too-large
 */
export function readVnnlib(text: string): Property {
  const { inputs, outputs, assertions, declared } = parseFormulas(text);
  const common = caseOf(assertions.filter(({ length }) => length === 1).flatMap(([only]) => only));
  const sets = new Map<string, Pick<InputSet, 'lower' | 'upper'> & { readonly unsafe: Row[][] }>();
  const rows = new Map<Atom, Row>();
  let numbers = 0;
  const spend = (size: number): void => {
    numbers += size;
    if (numbers > maxNumbers) throw new CheckFailure('too-large', 'The cases are too many to hold.');
  };
  const row = (atom: Atom): Row => {
    const known = rows.get(atom) ?? (spend(outputs), rowOf(atom, outputs));
    rows.set(atom, known);
    return known;
  };
  for (const atoms of choicesOf(common === undefined ? [] : assertions.filter(({ length }) => length > 1))) {
    const found = common && caseOf(atoms, common);
    if (found === undefined) continue;
    if (found.rows.length === 0)
      throw new CheckFailure(
        'property-unknown',
        'The property, or a case of it, says nothing about outputs.',
      );
    spend(found.rows.length + 2 * inputs);
    const box = boxOf(found, inputs);
    const key = `${box.lower.join()};${box.upper.join()}`;
    const set = sets.get(key) ?? { ...box, unsafe: [] };
    sets.set(key, set);
    set.unsafe.push(found.rows.map(row));
  }
  return { sets: [...sets.values()], outputs, ...(declared === undefined ? {} : { declared }) };
}
