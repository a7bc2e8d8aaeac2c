/** @file The backward walk: rows of coefficients carried from their elements to the inputs, many rows at a time. */
import type { Changes } from '../certificate/steps.ts';
import { CheckFailure } from '../failure.ts';
import type { Affine, Bend, Graph } from '../graph/graph.ts';
import type { InputSet } from '../property/property.ts';
import { above, addends, gamma, outward, vanishing } from './arithmetic.ts';
import type { Frame, Machine } from './frame.ts';
import type { Rows } from './kernel.ts';
import { leastOfBall } from './least.ts';
import { chord, piece, tangentIntercept, tangentSlope } from './lines.ts';

/** A step of a path: an element lies within these bounds, all steps since bounds were derived counted. */
export interface Turn {
  readonly element: number;
  readonly lower: number;
  readonly upper: number;
  readonly before: Turn | undefined;
  /** A split, z ≥ point (side 1) or z ≤ point (−1), has a β ≥ 0: β·side·(z − point) ≥ 0 is subtracted. */
  readonly split?: { readonly point: number; readonly side: 1 | -1 };
}

/** Steps from the last one back; what those up to `derived` say of bounds is in the frame. */
export interface Way {
  readonly turn: Turn | undefined;
  readonly derived: Turn | undefined;
}

/** The bounds of elements that a way has narrowed. */
export function clipsOf({ turn, derived }: Way): Map<number, Turn> {
  const clips = new Map<number, Turn>();
  for (let at = turn; at && at !== derived; at = at.before)
    if (!clips.has(at.element)) clips.set(at.element, at);
  return clips;
}

/** Σ coefficients[k] · elements[k] + constant, to be bounded from below; any slopes in [0, 1] and β ≥ 0 give a bound. */
export interface WalkRow {
  readonly elements: ArrayLike<number>;
  readonly coefficients: ArrayLike<number>;
  readonly constant: number;
  /** What the bound is lowered by beforehand. */
  readonly slack: number;
  /** Multipliers of all sites; −1: adaptive. Then those that differ. */
  readonly alphas: Int16Array;
  readonly changes: Changes;
  readonly way: Way;
  /** Of the splits on the way, the first one first. */
  readonly betas: ArrayLike<number>;
}

/**
 * Lets multipliers be those of changes.
 * @param alphas of all sites, from `at` on
 * @throws CheckFailure site-unknown, element-unknown
 */
export function change(graph: Graph, changes: Changes, alphas: Int16Array, at = 0): void {
  for (const { site, elements, alphas: bytes } of changes) {
    const bent = graph.sites[site];
    if (!bent) throw new CheckFailure('site-unknown', `There is no site ${site}.`);
    for (let k = 0; k < elements.length; k++) {
      if (!(elements[k] < bent.size))
        throw new CheckFailure('element-unknown', `The site ${bent.name} has no output ${elements[k]}.`);
      alphas[at + bent.firstAlpha + elements[k]] = bytes[k];
    }
  }
}

/** The bounds of an element in one row, where they are narrower than the frame's. */
interface Clip {
  readonly r: number;
  readonly turn: Turn;
}

/** By element, in the order of the rows. */
type Clips = ReadonlyMap<number, readonly Clip[]>;

/** Sums of every row that are not coefficients; γ of as many addends as the first may have. */
interface Sums {
  readonly constant: Float64Array;
  readonly slack: Float64Array;
  readonly addition: number;
}

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
  ball: InputSet['ball'],
): Float64Array {
  const { graph } = machine;
  const { coefficients, most } = space;
  space.clear(graph.operations[end]?.first ?? graph.size);
  const addition = gamma(addends(graph.size));
  const sums: Sums = { constant: new Float64Array(most), slack: new Float64Array(most), addition };
  const { constant, slack } = sums;
  const clips = new Map<number, Clip[]>();
  rows.forEach((row, r) => {
    space.alphas.set(row.alphas, r * graph.alphas);
    change(graph, row.changes, space.alphas, r * graph.alphas);
    constant[r] = row.constant;
    slack[r] = row.slack + Math.abs(row.constant) * addition;
    /* An addend of a coefficient suffers the roundings of those after it, here and in the walk: in all, as many as there are. */
    const several = row.elements.length + row.betas.length;
    const put = (element: number, addend: number): void => {
      space.touch(element, r, r + 1);
      coefficients[element * most + r] += addend;
      slack[r] += Math.abs(addend) * frame.magnitude[element] * gamma(several + machine.fan[element]);
    };
    for (let k = 0; k < row.elements.length; k++) put(row.elements[k], row.coefficients[k]);
    let number = row.betas.length;
    for (const [element, turn] of clipsOf(row.way)) {
      const own = clips.get(element);
      if (own) own.push({ r, turn });
      else clips.set(element, [{ r, turn }]);
    }
    for (let { turn } = row.way; turn; turn = turn.before) {
      if (!turn.split) continue;
      const { point, side } = turn.split;
      const beta = row.betas[--number];
      if (beta === 0) continue;
      put(turn.element, -side * beta);
      constant[r] += side * beta * point;
      slack[r] += beta * Math.abs(point) * addition;
    }
  });
  for (let index = end - 1; index >= 0; index--) {
    const op = graph.operations[index];
    charge(op, unit, space, sums);
    if (op.kind === 'affine') space.accumulate(op);
    else bend(op, frame, space, clips, sums);
  }
  const box = overBox(frame, graph.inputs, space, clips);
  return Float64Array.from(rows, ({ way }, r) => {
    const own = ball ? overBall(frame, graph.inputs, space, r, way, ball) : box[r];
    const last = (Math.abs(constant[r]) + Math.abs(own)) * 2 ** -50;
    const bound = constant[r] + own - (slack[r] + last) * outward - vanishing;
    return Number.isFinite(bound) ? bound : -Infinity;
  });
}

/**
 * The least over each row's box: with [l, u] within m ± d, a·x ≥ a·m − |a|·d; less what both sums may err. (A choice between
 * l and u by the sign of a costs more than both products.)
 */
function overBox(
  { lower, upper }: Frame,
  inputs: number,
  { coefficients, most, begin, end }: Rows,
  clips: Clips,
): Float64Array {
  const [sum, size] = [new Float64Array(most), new Float64Array(most)];
  for (let j = 0; j < inputs; j++) {
    if (end[j] === 0) continue;
    const own = clips.get(j);
    let next = 0;
    let middle = (lower[j] + upper[j]) / 2;
    let distance = distanceFrom(middle, lower[j], upper[j]);
    for (let r = begin[j]; r < end[j]; r++) {
      if (own) {
        while (next < own.length && own[next].r < r) next++;
        const box = own[next]?.r === r ? own[next].turn : { lower: lower[j], upper: upper[j] };
        middle = (box.lower + box.upper) / 2;
        distance = distanceFrom(middle, box.lower, box.upper);
      }
      const a = coefficients[j * most + r];
      const across = Math.abs(a) * distance;
      sum[r] += a * middle - across;
      size[r] += Math.abs(a * middle) + across;
    }
  }
  const rounding = gamma(inputs + 4) * outward;
  return sum.map((total, r) => total - rounding * size[r]);
}

/** How far the ends of an interval are from a point, at most. */
const distanceFrom = (middle: number, lower: number, upper: number): number =>
  lower === upper && middle === lower ? 0 : above(Math.max(upper - middle, middle - lower));

function overBall(
  frame: Frame,
  inputs: number,
  { coefficients, most }: Rows,
  r: number,
  way: Way,
  ball: NonNullable<InputSet['ball']>,
): number {
  const [lower, upper] = [frame.lower.slice(0, inputs), frame.upper.slice(0, inputs)];
  for (const [element, turn] of clipsOf(way))
    if (element < inputs) [lower[element], upper[element]] = [turn.lower, turn.upper];
  return leastOfBall(
    lower.map((_, j) => coefficients[j * most + r]),
    lower,
    upper,
    ball,
  );
}

/** The biases of an operation, and what it costs. */
function charge(op: Affine | Bend, units: Float64Array, space: Rows, { constant, slack }: Sums): void {
  const { coefficients, begin, end, most } = space;
  const { first, size } = op;
  for (let i = 0; i < size; i++) {
    const last = end[first + i];
    if (last === 0) continue;
    const unit = units[first + i];
    const bias = op.kind === 'affine' ? op.bias[i] : 0;
    const from = (first + i) * most;
    for (let r = begin[first + i]; r < last; r++) {
      const a = coefficients[from + r];
      constant[r] += a * bias;
      slack[r] += Math.abs(a) * unit;
    }
  }
}

/**
 * f above its tangent where convex and a is positive, below its chord where a is negative (the other way round where q > 1). Of
 * a⁺ and a⁻, both exact, one is 0, and so are its products: no choice by the sign of a, which nobody can foresee.
 */
function bend(op: Bend, frame: Frame, space: Rows, clips: Clips, { constant, slack, addition }: Sums): void {
  const { coefficients, begin, end, most, alphas } = space;
  const each = alphas.length / most;
  for (let i = 0; i < op.size; i++) {
    const last = end[op.first + i];
    if (last === 0) continue;
    const start = begin[op.first + i];
    const j = op.inputs[i];
    const own = clips.get(j);
    const q = op.q[i];
    const p = op.kinks[i];
    const whole = piece(frame.lower[j], frame.upper[j], q, p);
    if (!own && whole?.slope === 0 && whole.intercept === 0) continue;
    space.touch(j, start, last);
    const from = (op.first + i) * most;
    const to = j * most;
    if (!own && whole?.slope === 1) {
      for (let r = start; r < last; r++) coefficients[to + r] += coefficients[from + r];
      continue;
    }
    let next = 0;
    let lower = frame.lower[j];
    let upper = frame.upper[j];
    let straight = whole;
    let above = whole ?? chord(lower, upper, q, p);
    for (let r = start; r < last; r++) {
      if (own) {
        while (next < own.length && own[next].r < r) next++;
        const turn = own[next]?.r === r ? own[next].turn : undefined;
        lower = turn ? turn.lower : frame.lower[j];
        upper = turn ? turn.upper : frame.upper[j];
        straight = piece(lower, upper, q, p);
        above = straight ?? chord(lower, upper, q, p);
      }
      const a = coefficients[from + r];
      const positive = (a + Math.abs(a)) / 2;
      const under = q <= 1 ? positive : a - positive;
      const over = a - under;
      const byte = alphas[r * each + op.firstAlpha + i];
      const slope = straight ? straight.slope : tangentSlope(byte, lower, upper, q, p);
      const intercept = straight ? straight.intercept : tangentIntercept(slope, p);
      coefficients[to + r] += under * slope + over * above.slope;
      const known = under * intercept + over * above.intercept;
      constant[r] += known;
      slack[r] += Math.abs(known) * addition;
    }
  }
}
