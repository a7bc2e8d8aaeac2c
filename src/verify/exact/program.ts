/** @file Linear and mixed-integer programs as sparse rows, and how they are put together. */
import { columnForm, type AffineForm } from './affineForm.ts';

/** minimise cost·x + offset over rowLower ≤ A x ≤ rowUpper, lower ≤ x ≤ upper; every column is bounded. */
export interface LinearProgram {
  readonly lower: Float64Array;
  readonly upper: Float64Array;
  /** 1 where the column takes whole numbers only. */
  readonly integer: Int32Array;
  readonly rowLower: Float64Array;
  readonly rowUpper: Float64Array;
  /** Rows of A: entries starts[i] … starts[i+1] − 1. */
  readonly starts: Int32Array;
  readonly indices: Int32Array;
  readonly values: Float64Array;
  readonly cost: Float64Array;
  readonly offset: number;
}

/** A program under construction. */
export interface ProgramBuilder {
  /** Bounds so far, by column. */
  readonly lower: readonly number[];
  readonly upper: readonly number[];
  /** @returns the column's number */
  readonly column: (lower: number, upper: number, integer?: boolean) => number;
  /** rowLower ≤ Σ values·x[indices] ≤ rowUpper; either may be infinite. */
  readonly row: (
    indices: ArrayLike<number>,
    values: ArrayLike<number>,
    rowLower: number,
    rowUpper: number,
  ) => void;
  /** Where the program stands: pass it to `rewind` to drop what came later. */
  readonly mark: () => ProgramMark;
  readonly rewind: (mark: ProgramMark) => void;
  readonly finish: (cost: AffineForm) => LinearProgram;
}

export interface ProgramMark {
  readonly columns: number;
  readonly rows: number;
  readonly entries: number;
}

export function programBuilder(): ProgramBuilder {
  const lower: number[] = [];
  const upper: number[] = [];
  const integer: number[] = [];
  const rowLower: number[] = [];
  const rowUpper: number[] = [];
  const starts: number[] = [0];
  const indices: number[] = [];
  const values: number[] = [];
  return {
    lower,
    upper,
    column(low, high, whole = false) {
      lower.push(low);
      upper.push(Math.max(low, high));
      integer.push(whole ? 1 : 0);
      return lower.length - 1;
    },
    row(at, coefficients, low, high) {
      for (let j = 0; j < at.length; j++) {
        if (coefficients[j] === 0) continue;
        indices.push(at[j]);
        values.push(coefficients[j]);
      }
      starts.push(indices.length);
      rowLower.push(low);
      rowUpper.push(high);
    },
    mark: () => ({ columns: lower.length, rows: rowLower.length, entries: indices.length }),
    rewind({ columns, rows, entries }) {
      lower.length = upper.length = integer.length = columns;
      rowLower.length = rowUpper.length = rows;
      starts.length = rows + 1;
      indices.length = values.length = entries;
    },
    finish({ index, value, constant, error }) {
      const cost = new Float64Array(lower.length);
      index.forEach((column, j) => (cost[column] = value[j]));
      return {
        lower: Float64Array.from(lower),
        upper: Float64Array.from(upper),
        integer: Int32Array.from(integer),
        rowLower: Float64Array.from(rowLower),
        rowUpper: Float64Array.from(rowUpper),
        starts: Int32Array.from(starts),
        indices: Int32Array.from(indices),
        values: Float64Array.from(values),
        cost,
        offset: constant - error,
      };
    },
  };
}

/**
 * The same rows, each allowed to be violated by one common s ≥ 0, minimised. Always feasible; the rows of `program` can
 * be met within the column bounds exactly if the optimum is 0. The last column is s.
 */
export function elasticProgram(program: LinearProgram): LinearProgram {
  const { lower, upper, rowLower, rowUpper, starts, indices, values } = program;
  const builder = programBuilder();
  lower.forEach((low, j) => builder.column(low, upper[j]));
  let worst = 0;
  const entries = (row: number) => [starts[row], starts[row + 1]] as const;
  for (let i = 0; i < rowLower.length; i++) {
    const [from, to] = entries(i);
    let low = 0;
    let high = 0;
    for (let k = from; k < to; k++) {
      const [a, b] = [values[k] * lower[indices[k]], values[k] * upper[indices[k]]];
      low += Math.min(a, b);
      high += Math.max(a, b);
    }
    if (rowLower[i] > -Infinity) worst = Math.max(worst, rowLower[i] - low);
    if (rowUpper[i] < Infinity) worst = Math.max(worst, high - rowUpper[i]);
  }
  const slack = builder.column(0, 1 + 2 * worst);
  for (let i = 0; i < rowLower.length; i++) {
    const [from, to] = entries(i);
    const at = [...indices.subarray(from, to), slack];
    const coefficients = [...values.subarray(from, to)];
    if (rowLower[i] > -Infinity) builder.row(at, [...coefficients, 1], rowLower[i], Infinity);
    if (rowUpper[i] < Infinity) builder.row(at, [...coefficients, -1], -Infinity, rowUpper[i]);
  }
  return builder.finish(columnForm(slack, 0));
}
