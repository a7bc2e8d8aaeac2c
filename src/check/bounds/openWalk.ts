/** @file Bounds of a case by its open bends alone: the backward walk on their rows, and every open bend bounded again. */
import { addends, gamma, outward, vanishing } from './arithmetic.ts';
import { chord, piece, tangentIntercept, tangentSlope } from './lines.ts';
import { openBends, stillOpen, wholeFrame, type Costs, type OpenBounds } from './openBends.ts';
import { resized, type Frame, type Machine } from './frame.ts';
import type { WalkRow } from './walk.ts';

/** A case with its bends' lines. */
export interface OpenCase extends OpenBounds {
  /** Multipliers of all sites that the lines are of. */
  readonly alphas: Int16Array;
  /** Slope and intercept below, then above: four numbers a bend. */
  readonly lines: Float64Array;
}

/** The least of Σ a·x over the inputs within these ends, from below. */
export type LeastIn = (a: Float64Array, lower: Float64Array, upper: Float64Array) => number;

/** The lines of bend k within its bounds. */
function setLines(to: OpenCase, k: number): void {
  const { inputs, alpha, q, kinks } = to.of;
  const [low, high] = [to.lower[inputs + k], to.upper[inputs + k]];
  const straight = piece(low, high, q[k], kinks[k]);
  const over = straight ?? chord(low, high, q[k], kinks[k]);
  const slope = tangentSlope(to.alphas[alpha[k]], low, high, q[k], kinks[k]);
  const touching = straight ?? { slope, intercept: tangentIntercept(slope, kinks[k]) };
  const [below, above] = q[k] <= 1 ? [touching, over] : [over, touching];
  to.lines.set([below.slope, below.intercept, above.slope, above.intercept], 4 * k);
}

/** The case with lines of these multipliers. */
function withAlphas(given: OpenCase, alphas: Int16Array): OpenCase {
  const made = { ...given, alphas, lines: new Float64Array(4 * given.of.bends) };
  for (let k = 0; k < given.of.bends; k++) setLines(made, k);
  return made;
}

/**
 * The least of a·columns + constant, where `a` (overwritten) has coefficients of the inputs and the bends before `end`: bends
 * are enclosed by lines and their rows put in, from the last to the first. Costs as in the walk of the whole graph.
 */
function least(
  { of, lower, upper, lines }: OpenCase,
  a: Float64Array,
  end: number,
  constant: number,
  lowered: number,
  leastIn: LeastIn,
  { unit, cost }: Costs = of.float,
): number {
  const { inputs, start, terms } = of;
  const sums = gamma(addends(of.constant.length));
  let [sum, slack] = [constant, lowered + Math.abs(constant) * sums];
  for (let k = end - 1; k >= 0; k--) {
    const c = a[inputs + k];
    if (c === 0) continue;
    const side = c > 0 ? 4 * k : 4 * k + 2;
    const shift = c * lines[side + 1];
    const g = c * lines[side];
    sum += shift;
    slack += Math.abs(c) * unit[inputs + k] + Math.abs(shift) * sums;
    if (g === 0) continue;
    sum += g * of.constant[k];
    slack += Math.abs(g) * cost[k];
    const [from, length] = [start[k], inputs + k];
    for (let i = 0; i < length; i++) a[i] += g * terms[from + i];
  }
  const box = leastIn(a.subarray(0, inputs), lower, upper);
  const last = (Math.abs(sum) + Math.abs(box)) * 2 ** -50;
  const bound = sum + box - (slack + last) * outward - vanishing;
  return Number.isFinite(bound) ? bound : -Infinity;
}

/** Of the bends that rows are of, those still open below which rows are made anew, with sizes of the case. */
const fewer = 0.7;

/** What cases below begin with: a frame, rows of what is open in it, and its bounds. Halves share it. */
interface Beginning {
  readonly frame: Frame;
  readonly bounds: OpenBounds;
}
const beginnings = new WeakMap<Frame | OpenCase, Beginning>();

function beginningOf(machine: Machine, frame: Frame, open: OpenCase | undefined): Beginning | undefined {
  const known = beginnings.get(open ?? frame);
  if (known) return known;
  let begin = { frame, bounds: open ?? openBends(machine.graph, frame) };
  if (open && stillOpen(open) < fewer * open.of.bends) {
    const fresh = resized(machine, wholeFrame(frame, open));
    if (!fresh) return undefined;
    begin = { frame: fresh, bounds: openBends(machine.graph, fresh) };
  }
  beginnings.set(open ?? frame, begin);
  return begin;
}

/**
 * Every bend that is open in a case bounded again.
 * @param ends of the inputs now
 * @returns undefined where one of them has no value left
 */
export function boundAgain(
  machine: Machine,
  from: { readonly frame: Frame; readonly open?: OpenCase },
  [low, high]: readonly [Float64Array, Float64Array],
  alphas: Int16Array,
  leastIn: LeastIn,
): { readonly frame: Frame; readonly open: OpenCase } | undefined {
  const begin = beginningOf(machine, from.frame, from.open);
  if (!begin) return undefined;
  const { frame, bounds } = begin;
  const { of } = bounds;
  const { inputs, bends, start, terms, constant, q, kinks, float } = of;
  const [lower, upper] = [bounds.lower.slice(), bounds.upper.slice()];
  lower.set(low);
  upper.set(high);
  const open: OpenCase = { of, lower, upper, alphas, lines: new Float64Array(4 * bends) };
  const a = new Float64Array(inputs + bends);
  for (let k = 0; k < bends; k++) {
    const at = inputs + k;
    if (!piece(lower[at], upper[at], q[k], kinks[k]))
      for (const side of [1, -1]) {
        for (let i = 0, t = start[k]; t < start[k + 1]; i++, t++) a[i] = side * terms[t];
        const bound = least(open, a, k, side * constant[k], float.cost[k], leastIn);
        if (side > 0) lower[at] = Math.max(lower[at], bound);
        else upper[at] = Math.min(upper[at], -bound);
      }
    if (lower[at] > upper[at]) return undefined;
    setLines(open, k);
  }
  return { frame, open };
}

/**
 * The least of a row of the outputs.
 * @param alphas multipliers of all sites
 * @param ends of the inputs
 * @param real in real arithmetic alone
 */
export function boundOutputs(
  given: OpenCase,
  { coefficients, constant, slack }: Pick<WalkRow, 'coefficients' | 'constant' | 'slack'>,
  alphas: Int16Array,
  [lower, upper]: readonly [Float64Array, Float64Array],
  leastIn: LeastIn,
  real: boolean,
): number {
  const { inputs, bends, start, terms, constant: constants } = given.of;
  const costs = real ? given.of.real : given.of.float;
  const a = new Float64Array(inputs + bends);
  let [sum, lowered] = [constant, slack + Math.abs(constant) * gamma(addends(constants.length))];
  for (let o = 0; o < coefficients.length; o++) {
    const c = coefficients[o];
    if (c === 0) continue;
    const row = bends + o;
    sum += c * constants[row];
    lowered += Math.abs(c) * costs.cost[row];
    for (let i = 0, t = start[row]; t < start[row + 1]; i++, t++) a[i] += c * terms[t];
  }
  const on = alphas === given.alphas ? given : withAlphas(given, alphas);
  return least(on, a, bends, sum, lowered, (own) => leastIn(own, lower, upper), costs);
}
