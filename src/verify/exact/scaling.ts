/** @file Programs in units of their own: columns in [−1, 1], rows with entries of at most 1, by powers of two. */
import type { LinearProgram } from './program.ts';

/**
 * A program for the solver, whose tolerances are absolute: columns x = middle + size·x′, rows and costs by powers of
 * two, so that its tolerances are shares of what each neuron can reach, whatever the network's units. Only the solver
 * sees these numbers. Its multipliers are turned back, and any multipliers give a sound bound of the program itself
 * (safeDualBound.ts): what rounding or underflow does here can only make that bound worse.
 */
export interface ScaledProgram {
  readonly program: LinearProgram;
  /** Ends of the columns in its units. */
  readonly ends: (lower: Float64Array, upper: Float64Array) => { lower: Float64Array; upper: Float64Array };
  /** Costs in its units, their greatest near 1, and what they were multiplied by. */
  readonly costs: (cost: Float64Array) => { readonly cost: Float64Array; readonly factor: number };
  /** Multipliers of the program's own rows from those of the scaled ones. */
  readonly duals: (scaled: ArrayLike<number>, factor: number) => Float64Array;
  /** A solution in the program's own units, within its columns' ends. */
  readonly columns: (scaled: ArrayLike<number>) => Float64Array;
}

/** Rows reach ±(number of entries) in these units: ends far beyond say nothing more. */
const farAway = 1e9;

/** A power of two near x > 0, such that its inverse is finite too; 1 for 0. */
function powerOfTwo(x: number): number {
  if (!(x > 0)) return 1;
  return 2 ** Math.min(1000, Math.max(-1000, Math.round(Math.log2(x))));
}

const clamp = (x: number, far: number): number => Math.min(far, Math.max(-far, x));

export function scaleProgram(program: LinearProgram): ScaledProgram {
  const { lower, upper, rowLower, rowUpper, starts, indices, values } = program;
  const middle = lower.map((l, j) => l + (upper[j] - l) / 2);
  const size = lower.map((l, j) => powerOfTwo((upper[j] - l) / 2));
  const ends: ScaledProgram['ends'] = (low, high) => ({
    lower: low.map((l, j) => (l - middle[j]) / size[j]),
    upper: high.map((u, j) => (u - middle[j]) / size[j]),
  });
  const scaledValues = new Float64Array(values.length);
  const [newLower, newUpper] = [new Float64Array(rowLower.length), new Float64Array(rowLower.length)];
  const factors = new Float64Array(rowLower.length);
  for (let i = 0; i < rowLower.length; i++) {
    let most = 0;
    let shift = 0;
    for (let k = starts[i]; k < starts[i + 1]; k++) {
      const value = values[k] * size[indices[k]];
      scaledValues[k] = value;
      most = Math.max(most, Math.abs(value));
      shift += values[k] * middle[indices[k]];
    }
    const factor = 1 / powerOfTwo(most);
    factors[i] = factor;
    for (let k = starts[i]; k < starts[i + 1]; k++) scaledValues[k] *= factor;
    const far = farAway + (starts[i + 1] - starts[i]);
    const end = (e: number): number => (Number.isFinite(e) ? clamp((e - shift) * factor, far) : e);
    [newLower[i], newUpper[i]] = [end(rowLower[i]), end(rowUpper[i])];
  }
  return {
    program: {
      ...program,
      ...ends(lower, upper),
      rowLower: newLower,
      rowUpper: newUpper,
      values: scaledValues,
      cost: new Float64Array(lower.length),
      offset: 0,
    },
    ends,
    costs(cost) {
      const scaled = cost.map((c, j) => c * size[j]);
      const factor = 1 / powerOfTwo(scaled.reduce((most, c) => Math.max(most, Math.abs(c)), 0));
      return { cost: scaled.map((c) => c * factor), factor };
    },
    duals: (scaled, factor) => factors.map((f, i) => (scaled[i] * f) / factor),
    columns: (scaled) =>
      lower.map((l, j) => Math.min(upper[j], Math.max(l, middle[j] + size[j] * scaled[j]))),
  };
}

/** Whether all numbers are finite where they must be, so that a solver may be asked. */
export function isFinite(program: LinearProgram): boolean {
  const { lower, upper, rowLower, rowUpper, values, cost, offset } = program;
  const finite = (numbers: Float64Array): boolean => numbers.every(Number.isFinite);
  return (
    finite(lower) &&
    finite(upper) &&
    finite(values) &&
    finite(cost) &&
    Number.isFinite(offset) &&
    !rowLower.some(Number.isNaN) &&
    !rowUpper.some(Number.isNaN)
  );
}
