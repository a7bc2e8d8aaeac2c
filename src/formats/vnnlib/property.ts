/** @file What a VNN-LIB file says: the unsafe inputs and outputs, as boxes and linear rows. */

/** `coefficients·v <= bound`, or `<` where strict; `v` is the whole input or the whole output. */
export interface LinearRow {
  /** One a variable. */
  readonly coefficients: Float64Array;
  readonly bound: number;
  readonly strict: boolean;
}

/** `lower <= x <= upper`, finite and not empty; cases with the same box share one object. */
export interface InputBox {
  /** One a variable, row-major. */
  readonly lower: Float64Array;
  readonly upper: Float64Array;
  /** Variables whose lower (upper) bound was given by a strict comparison and so is itself outside. */
  readonly openLower: ReadonlySet<number>;
  readonly openUpper: ReadonlySet<number>;
}

/** One unsafe set: inputs in the box and in all `inputRows`, whose outputs fulfil all `outputRows`. */
export interface UnsafeCase {
  readonly box: InputBox;
  /** Constraints that tie inputs to one another; mostly none. */
  readonly inputRows: readonly LinearRow[];
  /** At least one. */
  readonly outputRows: readonly LinearRow[];
}

/** A property is violated (sat) where any case holds a point; it holds (unsat) where all are empty of points. */
export interface VnnlibProperty {
  readonly inputCount: number;
  readonly outputCount: number;
  /** Declared shapes; only VNN-LIB 2.0 has them. */
  readonly inputShape?: readonly number[];
  readonly outputShape?: readonly number[];
  /** In the order of the file; at least one. */
  readonly cases: readonly UnsafeCase[];
}

/** Whether `coefficients·values <= bound` (`<` where strict), computed in f64. */
export function fulfils({ coefficients, bound, strict }: LinearRow, values: ArrayLike<number>): boolean {
  let sum = 0;
  for (let index = 0; index < coefficients.length; index++) {
    // A zero coefficient also silences an infinite value.
    if (coefficients[index] !== 0) sum += coefficients[index] * values[index];
  }
  return strict ? sum < bound : sum <= bound;
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
