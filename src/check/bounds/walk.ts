/** @file The backward walk: rows of coefficients carried from their elements to the inputs, many rows at a time. */
import type { Affine, Bend } from '../graph/graph.ts';
import { addends, gamma, outward, vanishing } from './arithmetic.ts';
import { accumulate, type Rows } from './kernel.ts';
import type { Frame, Machine } from './frame.ts';
import { chord, piece, tangent } from './lines.ts';

/** Bounds that are tighter than the frame's in this case, by element. */
export type Clips = ReadonlyMap<number, readonly [lower: number, upper: number]>;

/** Σ coefficients[k] · elements[k] + constant, to be bounded from below; any slopes in [0, 1] and β ≥ 0 give a bound. */
export interface WalkRow {
  readonly elements: ArrayLike<number>;
  readonly coefficients: ArrayLike<number>;
  readonly constant: number;
  /** What the bound is lowered by beforehand. */
  readonly slack: number;
  /** Multipliers of all sites; −1: adaptive. */
  readonly alphas: Int16Array;
  readonly clips: Clips;
  /** side 1: z ≥ point, where β·(z − point) ≥ 0 is subtracted; −1: z ≤ point. */
  readonly betas: readonly {
    readonly element: number;
    readonly point: number;
    readonly side: 1 | -1;
    readonly beta: number;
  }[];
}

/** The least of Σ coefficients · x over the inputs, from below; `row` tells whose clips hold. */
export type Least = (coefficients: Float64Array, row: WalkRow) => number;

/**
 * Lower bounds of rows. Affine results are substituted by their terms and cost |a|·unit; a bending result is enclosed by a
 * line below where its coefficient is positive and by one above where it is negative.
 * @param unit the frame's, of the arithmetic that the bounds are for
 * @param end operations before this one are walked; the rows are about their results
 * @param space scratch of at least as many rows
 * @returns −∞ where something was not finite
 */
export function walk(
  machine: Machine,
  frame: Frame,
  unit: Float64Array,
  rows: readonly WalkRow[],
  end: number,
  space: Rows,
  least: Least,
): Float64Array {
  const { graph } = machine;
  space.clear(rows.length);
  const { coefficients, count } = space;
  const sums = gamma(addends(graph.size));
  const constant = Float64Array.from({ length: count }, (_, r) => rows[r].constant);
  const slack = Float64Array.from(
    { length: count },
    (_, r) => rows[r].slack + Math.abs(rows[r].constant) * sums,
  );
  /** One more addend of a coefficient rounds it and itself. */
  const put = (r: number, element: number, addend: number): void => {
    const at = space.touch(element, r, r + 1) + r;
    coefficients[at] += addend;
    slack[r] += (Math.abs(coefficients[at]) + Math.abs(addend)) * frame.magnitude[element] * 2 ** -51;
  };
  const betas = rows.flatMap((row, r) => row.betas.map((beta) => ({ ...beta, r })));
  betas.sort((a, b) => b.element - a.element);
  const special = new Set(rows.flatMap((row) => [...row.clips.keys()]));
  rows.forEach((row, r) => {
    for (let k = 0; k < row.elements.length; k++) put(r, row.elements[k], row.coefficients[k]);
  });
  const add = (r: number, addend: number): void => {
    constant[r] += addend;
    slack[r] += Math.abs(addend) * sums;
  };
  let next = 0;
  const subtractBetas = (from: number): void => {
    for (; next < betas.length && betas[next].element >= from; next++) {
      const { r, element, point, side, beta } = betas[next];
      if (beta === 0) continue;
      put(r, element, -side * beta);
      add(r, side * beta * point);
    }
  };
  for (let index = end - 1; index >= 0; index--) {
    const op = graph.operations[index];
    subtractBetas(op.first);
    charge(op, unit, space, constant, slack);
    if (op.kind === 'affine') accumulate(op, space);
    else walkPieces(op, frame, rows, space, special, add);
  }
  subtractBetas(0);
  const bounds = new Float64Array(rows.length);
  const ofInputs = new Float64Array(graph.inputs);
  rows.forEach((row, r) => {
    for (let j = 0; j < graph.inputs; j++) ofInputs[j] = space.end[j] === 0 ? 0 : coefficients[j * count + r];
    const box = least(ofInputs, row);
    const last = (Math.abs(constant[r]) + Math.abs(box)) * 2 ** -50;
    const bound = constant[r] + box - (slack[r] + last) * outward - vanishing;
    bounds[r] = Number.isFinite(bound) ? bound : -Infinity;
  });
  return bounds;
}

/** The biases of an operation, and what it costs. */
function charge(
  op: Affine | Bend,
  units: Float64Array,
  space: Rows,
  constant: Float64Array,
  slack: Float64Array,
): void {
  const { coefficients, begin, end, count } = space;
  const { first, size } = op;
  const bias = op.kind === 'affine' ? op.bias : undefined;
  for (let i = 0; i < size; i++) {
    const last = end[first + i];
    if (last === 0) continue;
    const unit = units[first + i];
    const from = (first + i) * count;
    if (bias !== undefined && bias[i] !== 0) {
      const b = bias[i];
      for (let r = begin[first + i]; r < last; r++) constant[r] += coefficients[from + r] * b;
    }
    for (let r = begin[first + i]; r < last; r++) slack[r] += Math.abs(coefficients[from + r]) * unit;
  }
}

type Add = (r: number, addend: number) => void;

function walkPieces(
  op: Bend,
  frame: Frame,
  rows: readonly WalkRow[],
  space: Rows,
  special: ReadonlySet<number>,
  add: Add,
): void {
  const { coefficients, begin, end, count } = space;
  for (let i = 0; i < op.size; i++) {
    const last = end[op.first + i];
    if (last === 0) continue;
    const start = begin[op.first + i];
    const [from, j, q, p] = [(op.first + i) * count, op.inputs[i], op.q[i], op.kinks[i]];
    const own = special.has(j);
    let [lower, upper] = [frame.lower[j], frame.upper[j]];
    let straight = piece(lower, upper, q, p);
    if (!own && straight?.slope === 0 && straight.intercept === 0) continue;
    const to = space.touch(j, start, last);
    let bent = straight ?? chord(lower, upper, q, p);
    for (let r = start; r < last; r++) {
      const a = coefficients[from + r];
      if (a === 0) continue;
      if (own) {
        [lower, upper] = rows[r].clips.get(j) ?? [frame.lower[j], frame.upper[j]];
        straight = piece(lower, upper, q, p);
        bent = straight ?? chord(lower, upper, q, p);
      }
      const touching = !straight && a > 0 === q <= 1;
      const line = touching ? tangent(rows[r].alphas[op.firstAlpha + i], lower, upper, q, p) : bent;
      coefficients[to + r] += a * line.slope;
      if (line.intercept !== 0) add(r, a * line.intercept);
    }
  }
}
