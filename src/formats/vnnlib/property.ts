/** @file What a VNN-LIB file says: the unsafe inputs and outputs, as boxes and linear rows. */
import {
  addFractions,
  compareFractions,
  exactNumeral,
  fractionOf,
  fractionOfNumber,
  multiplyFractions,
  type Fraction,
} from './exact.ts';

/** `coefficients·v <= bound`, or `<` where strict; `v` is the whole input or the whole output. */
export interface LinearRow {
  /** One a variable. */
  readonly coefficients: Float64Array;
  readonly bound: number;
  readonly strict: boolean;
  /** The numbers as they were written, where f64 does not hold them all: those of coefficients other than 0. */
  readonly written?: {
    readonly coefficients: ReadonlyMap<number, Fraction>;
    readonly bound: Fraction;
  };
}

/** `lower <= x <= upper`, finite and not empty; cases with the same box share one object. */
export interface InputBox {
  /** One a variable, row-major. */
  readonly lower: Float64Array;
  readonly upper: Float64Array;
  /**
   * Variables whose lower (upper) bound is itself outside: given by a strict comparison, or the f64 number nearest to
   * what was written but beyond it.
   */
  readonly openLower: ReadonlySet<number>;
  readonly openUpper: ReadonlySet<number>;
}

/** One unsafe set: inputs in the box and in all `inputRows`, whose outputs fulfil all `outputRows`. */
export interface UnsafeCase {
  readonly box: InputBox;
  /** Constraints that tie inputs to one another; mostly none. */
  readonly inputRows: readonly LinearRow[];
  /** None: whatever the outputs, every such input is unsafe. */
  readonly outputRows: readonly LinearRow[];
}

/** A property is violated (sat) where any case holds a point; it holds (unsat) where all are empty of points. */
export interface VnnlibProperty {
  readonly inputCount: number;
  readonly outputCount: number;
  /** Declared shapes; only VNN-LIB 2.0 has them. */
  readonly inputShape?: readonly number[];
  readonly outputShape?: readonly number[];
  /** In the order of the file. */
  readonly cases: readonly UnsafeCase[];
  /** Where there are none: what contradicts itself, with line and column. Such a property holds of every network. */
  readonly empty?: string;
}

/**
 * Whether `coefficients·values <= bound` (`<` where strict), decided exactly for the numbers as they were written: for
 * the values' bits, and for the decimals that a witness prints of them, which may lie a little beside. Values that are
 * not finite fulfil no row that they have a part in.
 */
export function fulfils(row: LinearRow, values: ArrayLike<number>): boolean {
  const { coefficients, bound, strict } = row;
  let sum = 0;
  let size = Math.abs(bound);
  let terms = 4;
  for (let index = 0; index < coefficients.length; index++) {
    // A zero coefficient also silences an infinite value.
    if (coefficients[index] === 0) continue;
    if (!Number.isFinite(values[index])) return false;
    const term = coefficients[index] * values[index];
    sum += term;
    size += Math.abs(term);
    terms++;
  }
  const error = size * terms * 2 ** -52 + terms * 2 ** -1070;
  if (!(Math.abs(sum - bound) <= error)) return sum < bound;
  return [fractionOfNumber, printedFraction].every((fractionAt) => {
    const exact = exactDifference(row, values, fractionAt);
    return strict ? exact < 0 : exact <= 0;
  });
}

/** The decimal that a witness prints (see witness.ts). */
const printedFraction = (x: number): Fraction => fractionOf(exactNumeral(`${x}`)!);

/** Sign of coefficients·values − bound; values are finite. */
function exactDifference(
  { coefficients, bound, written }: LinearRow,
  values: ArrayLike<number>,
  fractionAt: (value: number) => Fraction,
): number {
  let sum: Fraction = { n: 0n, d: 1n };
  coefficients.forEach((c, index) => {
    if (c === 0) return;
    const coefficient = written?.coefficients.get(index) ?? fractionOfNumber(c);
    sum = addFractions(sum, multiplyFractions(coefficient, fractionAt(values[index])));
  });
  return compareFractions(sum, written?.bound ?? fractionOfNumber(bound));
}

function insideBox({ lower, upper, openLower, openUpper }: InputBox, input: ArrayLike<number>): boolean {
  for (let index = 0; index < lower.length; index++) {
    const value = input[index];
    // Written so that NaN is outside.
    if (!(value >= lower[index] && value <= upper[index])) return false;
    if (value === lower[index] && openLower.has(index)) return false;
    if (value === upper[index] && openUpper.has(index)) return false;
  }
  return true;
}

/** Whether the input lies in a case's unsafe set together with the output that the network gave for it. */
export function isCounterexample(
  { cases }: VnnlibProperty,
  input: ArrayLike<number>,
  output: ArrayLike<number>,
): boolean {
  return cases.some(
    ({ box, inputRows, outputRows }) =>
      insideBox(box, input) &&
      inputRows.every((row) => fulfils(row, input)) &&
      outputRows.every((row) => fulfils(row, output)),
  );
}
