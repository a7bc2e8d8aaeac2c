/** @file The open bends of a case: what each reads, and the outputs, as functions of the inputs and of open bends before. */
import type { Graph } from '../graph/graph.ts';
import { addends, gamma, outward, vanishing } from './arithmetic.ts';
import type { Frame } from './frame.ts';
import { rowsFor, type Rows } from './kernel.ts';
import { piece } from './lines.ts';

/** What computing costs, in the format that bounds are for or in the checker's own. */
export interface Costs {
  /** Of a coefficient 1 of each column, as the frame has it. */
  readonly unit: Float64Array;
  /** Of a coefficient 1 of each row: what it may be off, and what is lost where it is carried to its columns. */
  readonly cost: Float64Array;
}

/**
 * Columns are the inputs, then the open bends' results; row k, of what bend k reads, has those before column inputs + k,
 * the rows of the outputs have all. What a row is of = Σ terms · column + constant, but for a part of `cost`.
 */
export interface OpenBends {
  readonly inputs: number;
  readonly bends: number;
  /** In the graph: what each bend reads, its result, where its α is. */
  readonly read: Int32Array;
  readonly result: Int32Array;
  readonly alpha: Int32Array;
  readonly q: Float64Array;
  readonly kinks: Float64Array;
  /** Where rows begin in `terms`. */
  readonly start: Int32Array;
  readonly terms: Float64Array;
  readonly constant: Float64Array;
  /** At least |column|. */
  readonly magnitude: Float64Array;
  readonly float: Costs;
  readonly real: Costs;
}

/** Bounds in one case: of the inputs, then of what the bends read. */
export interface OpenBounds {
  readonly of: OpenBends;
  readonly lower: Float64Array;
  readonly upper: Float64Array;
}

type Columns = Pick<
  OpenBends,
  'inputs' | 'bends' | 'read' | 'result' | 'alpha' | 'q' | 'kinks' | 'magnitude'
> & {
  readonly units: readonly [float: Float64Array, real: Float64Array];
};

/** A row while it is made: constant, and how far all of it may be off in each arithmetic. */
type Made = readonly [constant: number, float: number, real: number];

/**
 * Lays out the rows that `row` tells: it writes coefficients into `a`, all 0 before. The cost of carrying is γ of the most
 * addends that meet in a column, one a row, times the row's own S.
 */
function laidOut(
  { units, ...columns }: Columns,
  outputs: number,
  row: (k: number, a: Float64Array) => Made,
): OpenBends {
  const { inputs, bends, magnitude } = columns;
  const count = bends + outputs;
  const start = new Int32Array(count + 1);
  for (let k = 0; k < count; k++) start[k + 1] = start[k] + inputs + Math.min(k, bends);
  const terms = new Float64Array(start[count]);
  const constant = new Float64Array(count);
  const costs = units.map((unit) => ({ unit, cost: new Float64Array(count) }));
  const [fan, sums] = [gamma(count + 8), gamma(addends(count))];
  for (let k = 0; k < count; k++) {
    const a = terms.subarray(start[k], start[k + 1]);
    const [sum, ...off] = row(k, a);
    let size = Math.abs(sum);
    for (let c = 0; c < a.length; c++) size += Math.abs(a[c]) * magnitude[c];
    constant[k] = sum;
    costs.forEach((own, n) => {
      own.cost[k] = (off[n] + fan * size + sums * Math.abs(sum)) * outward + vanishing;
    });
  }
  return { ...columns, start, terms, constant, float: costs[0], real: costs[1] };
}

/** Multiply-accumulates of one row from the last bend to the inputs. */
export const openSize = (inputs: number, bends: number): number => bends * (inputs + bends / 2);

/** By row: constants, and what all of the row may be off in each arithmetic. */
type Sums = readonly [constant: Float64Array, float: Float64Array, real: Float64Array];

/** Puts an operation's definition in for its results, as the walk does, but for those that have a column. */
function passOperation(
  op: Graph['operations'][number],
  { lower, upper, unit, realUnit }: Frame,
  column: Int32Array,
  space: Rows,
  [constant, float, real]: Sums,
): void {
  const { coefficients, begin, end, most } = space;
  const sums = gamma(addends(column.length));
  for (let i = 0; i < op.size; i++) {
    const at = op.first + i;
    if (end[at] === 0 || column[at] >= 0) continue;
    const j = op.kind === 'bend' ? op.inputs[i] : at;
    const { slope, intercept } =
      op.kind === 'bend'
        ? piece(lower[j], upper[j], op.q[i], op.kinks[i])!
        : { slope: 0, intercept: op.bias[i] };
    if (slope !== 0) space.touch(j, begin[at], end[at]);
    for (let r = begin[at]; r < end[at]; r++) {
      const c = coefficients[at * most + r];
      const shift = c * intercept;
      constant[r] += shift;
      float[r] += Math.abs(c) * unit[at] + Math.abs(shift) * sums;
      real[r] += Math.abs(c) * realUnit[at] + Math.abs(shift) * sums;
      if (slope !== 0) coefficients[j * most + r] += c * slope;
    }
  }
  if (op.kind === 'affine') space.accumulate(op);
}

/**
 * The open bends of a whole graph: every row goes back as the walk does, and stops where a bend is open. What it passes is
 * equal but for the units, so that one row stands for both sides.
 */
export function openBends(graph: Graph, frame: Frame): OpenBounds {
  const { lower, upper, magnitude, unit, realUnit } = frame;
  const { inputs, operations, outputs } = graph;
  const column = new Int32Array(graph.size).fill(-1);
  for (let j = 0; j < inputs; j++) column[j] = j;
  const found: { read: number; result: number; alpha: number; q: number; kink: number; end: number }[] = [];
  const ends = new Int32Array(graph.size);
  for (const [index, op] of operations.entries())
    for (let i = 0; i < op.size; i++) {
      ends[op.first + i] = index + 1;
      if (op.kind === 'affine') continue;
      const [j, q, kink] = [op.inputs[i], op.q[i], op.kinks[i]];
      if (piece(lower[j], upper[j], q, kink)) continue;
      column[op.first + i] = inputs + found.length;
      found.push({ read: j, result: op.first + i, alpha: op.firstAlpha + i, q, kink, end: ends[j] });
    }
  const bends = found.length;
  const result = Int32Array.from(found, (b) => b.result);
  const own = (of: Float64Array): Float64Array =>
    Float64Array.from({ length: inputs + bends }, (_, c) => of[c < inputs ? c : result[c - inputs]]);
  const columns: Columns = {
    inputs,
    bends,
    read: Int32Array.from(found, (b) => b.read),
    result,
    alpha: Int32Array.from(found, (b) => b.alpha),
    q: Float64Array.from(found, (b) => b.q),
    kinks: Float64Array.from(found, (b) => b.kink),
    magnitude: own(magnitude),
    units: [own(unit), own(realUnit)],
  };
  const elements = [...columns.read, ...outputs];
  const space = rowsFor(graph);
  const { most, coefficients } = space;
  let made: Sums;

  /** Carries the rows of some elements back. */
  function back(some: readonly number[]): Sums {
    const sums: Sums = [new Float64Array(most), new Float64Array(most), new Float64Array(most)];
    space.clear(graph.size);
    some.forEach((element, r) => {
      space.touch(element, r, r + 1);
      coefficients[element * most + r] = 1;
    });
    const last = some.reduce((end, element) => Math.max(end, ends[element]), 0);
    for (let index = last - 1; index >= 0; index--)
      passOperation(operations[index], frame, column, space, sums);
    return sums;
  }

  const of = laidOut(columns, outputs.length, (k, terms) => {
    const r = k % most;
    if (r === 0) made = back(elements.slice(k, k + most));
    for (let c = 0; c < terms.length; c++)
      terms[c] = coefficients[(c < inputs ? c : result[c - inputs]) * most + r];
    const [constant, float, real] = made;
    return [constant[r], float[r] * outward + vanishing, real[r] * outward + vanishing];
  });
  const bounds = (ends: Float64Array): Float64Array =>
    Float64Array.from({ length: inputs + bends }, (_, c) => ends[c < inputs ? c : columns.read[c - inputs]]);
  return { of, lower: bounds(lower), upper: bounds(upper) };
}

/** How many of the bends are still open. */
export function stillOpen({ of: { inputs, q, kinks }, lower, upper }: OpenBounds): number {
  let count = 0;
  for (let k = 0; k < q.length; k++)
    if (!piece(lower[inputs + k], upper[inputs + k], q[k], kinks[k])) count++;
  return count;
}

/** A frame that has the bounds of a case too. */
export function wholeFrame(frame: Frame, { of: { inputs, read }, lower, upper }: OpenBounds): Frame {
  const whole = { ...frame, lower: frame.lower.slice(), upper: frame.upper.slice() };
  whole.lower.set(lower.subarray(0, inputs));
  whole.upper.set(upper.subarray(0, inputs));
  read.forEach((j, k) => {
    whole.lower[j] = Math.max(whole.lower[j], lower[inputs + k]);
    whole.upper[j] = Math.min(whole.upper[j], upper[inputs + k]);
  });
  return whole;
}
