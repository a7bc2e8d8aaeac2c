/** @file Specifications: an input box, perhaps a ball within it, and the unsafe outputs in disjunctive normal form. */
import type { Norm } from '../bounds/ball.ts';
import type { HostBall } from '../bounds/box.ts';
import { movesAlike, outsideOf, pixelDomain, valueAt, type InputDomain } from '../data/domain.ts';
import { UserError } from '../formats/userError.ts';

/** coefficients · y ≤ bound, closed: equality counts as unsafe, but where the row is strict. */
export interface OutputRow {
  readonly coefficients: Float64Array;
  readonly bound: number;
  /**
   * `<` was asked, with numbers that f64 holds: a value that is exactly the bound is safe. Bounds that carry a slack
   * take no notice; see exactIntervals.ts.
   */
  readonly strict?: boolean;
}

/** Conjunction of rows: unsafe where all hold. */
export type Conjunction = readonly OutputRow[];

/** What is to be refuted: some x in the box (and the ball) whose output satisfies one of the conjunctions. */
export interface Specification {
  /** Ends of the input box, in the network's own input units, row-major. */
  readonly lower: Float64Array;
  readonly upper: Float64Array;
  /** Inputs lie in this l1 or l2 ball too, {center + radius∘u : ‖u‖ₚ ≤ 1}; its centre lies in the box. Absent: the box alone. */
  readonly ball?: HostBall;
  readonly unsafe: readonly Conjunction[];
  /** Constraints that tie inputs to one another, coefficients · x ≤ bound: other inputs are not asked about. */
  readonly inputRows?: readonly OutputRow[];
  /** Ends between which counterexamples lie, where the box's own are not all asked about (`x < 1`). */
  readonly inner?: { readonly lower: Float64Array; readonly upper: Float64Array };
  /**
   * Whether inputs and outputs are a counterexample by the question's own words, exactly. Default: by the rows. Proofs
   * do without: they refute a set that is no smaller.
   */
  readonly isCounterexample?: (input: Float32Array, outputs: Float32Array) => boolean;
}

/**
 * What must exceed the threshold: the label's margin over all other classes, over the one that comes second, over a given
 * one; or every output by itself, whatever the label.
 */
export type Targets = 'all' | 'runner-up' | 'all-positive' | { readonly target: number };

/**
 * "The label stays": unsafe where logit[label] − logit[j] ≤ threshold for some other class j; a tie is unsafe. Of
 * `all-positive` targets an output ≤ threshold is.
 * @param image pixels 0..1, or values of the domain; the box is clipped to its range
 * @param epsilon radius in pixel units
 * @param logits needed for `runner-up`
 * @param norm what the radius is measured in: the set is the ball of that norm, met with the pixel range
 * @param threshold what margins (or outputs) must exceed
 * @param domain absent: pixels 0..1 that all move by epsilon
 * @throws UserError as `requireImage`
 */
export function robustness(
  image: ArrayLike<number>,
  label: number,
  classes: number,
  epsilon: number,
  targets: Targets = 'all',
  logits?: ArrayLike<number>,
  norm: Norm = 'inf',
  threshold = 0,
  domain: InputDomain = pixelDomain,
): Specification {
  requireImage(image, label, classes, epsilon, targets, domain);
  if (norm !== 'inf' && !movesAlike(domain))
    throw new UserError(
      `radii that differ between elements and elements held fixed go with the norm inf, not with ${norm}.`,
    );
  const radius = (i: number): number => epsilon * valueAt(domain.radii, i, image.length);
  const within = (value: number, i: number): number => {
    const least = domain.lower ? valueAt(domain.lower, i, image.length) : -Infinity;
    const most = domain.upper ? valueAt(domain.upper, i, image.length) : Infinity;
    return Math.max(least, Math.min(most, value));
  };
  const lower = Float64Array.from(image, (v, i) => within(v - radius(i), i));
  const upper = Float64Array.from(image, (v, i) => within(v + radius(i), i));
  return {
    lower,
    upper,
    ...(norm !== 'inf' &&
      epsilon > 0 && {
        ball: {
          norm,
          center: Float64Array.from(image),
          radius: new Float64Array(image.length).fill(epsilon),
        },
      }),
    unsafe: targetRows(label, classes, targets, logits).map((row) => [{ ...row, bound: threshold }]),
  };
}

/**
 * Checks what `robustness` is given: a box of other numbers would be empty, and what is proved of it worth nothing.
 * @throws UserError where a value lies outside the domain's range (of pixels 0..1), the radius is no number from 0 on, or label or target is no class
 */
export function requireImage(
  image: ArrayLike<number>,
  label: number,
  classes: number,
  epsilon: number,
  targets: Targets,
  domain: InputDomain = pixelDomain,
): void {
  const outside = outsideOf(domain, image);
  if (outside)
    throw new UserError(
      `element ${outside.element} of the image is ${outside.value}; ` +
        (domain === pixelDomain ? 'pixels lie in 0..1.' : `valid is ${outside.range}.`),
    );
  if (!(epsilon >= 0 && epsilon < Infinity))
    throw new UserError(`the radius is ${epsilon}; expected a number from 0 on.`);
  const isClass = (value: number): boolean => Number.isInteger(value) && value >= 0 && value < classes;
  if (!isClass(label))
    throw new UserError(`the label is ${label}, but the network has ${classes} outputs (0…${classes - 1}).`);
  if (typeof targets === 'string') return;
  if (!isClass(targets.target))
    throw new UserError(
      `the target is ${targets.target}, but the network has ${classes} outputs (0…${classes - 1}).`,
    );
  if (targets.target === label)
    throw new UserError(`the target ${label} is the image's own label: nothing is asked.`);
}

/**
 * A question about no input, or about inputs that are no numbers, is a mistake and never a proof.
 * @throws RangeError naming the input
 */
export function requireBox({ lower, upper, ball }: Specification): void {
  for (let i = 0; i < lower.length; i++)
    if (!(lower[i] <= upper[i] && lower[i] > -Infinity && upper[i] < Infinity))
      throw new RangeError(`input ${i}: [${lower[i]}, ${upper[i]}] is no range of finite numbers`);
  ball?.center.forEach((c, i) => {
    if (!(c >= lower[i] && c <= upper[i]))
      throw new RangeError(`input ${i}: the ball's centre ${c} is not in the box [${lower[i]}, ${upper[i]}]`);
    if (!(ball.radius[i] > 0 && ball.radius[i] < Infinity))
      throw new RangeError(`input ${i}: the ball's radius ${ball.radius[i]} is not above 0`);
  });
}

function targetRows(
  label: number,
  classes: number,
  targets: Targets,
  logits?: ArrayLike<number>,
): OutputRow[] {
  if (targets === 'all-positive')
    return Array.from({ length: classes }, (_, j) => ({
      coefficients: Float64Array.from({ length: classes }, (_c, i) => (i === j ? 1 : 0)),
      bound: 0,
    }));
  return targetClasses(label, classes, targets, logits).map((j) => marginRow(label, j, classes));
}

/** logit[label] − logit[other] ≤ 0. */
export function marginRow(label: number, other: number, classes: number): OutputRow {
  const coefficients = new Float64Array(classes);
  coefficients[label] = 1;
  coefficients[other] = -1;
  return { coefficients, bound: 0 };
}

function targetClasses(
  label: number,
  classes: number,
  targets: Exclude<Targets, 'all-positive'>,
  logits?: ArrayLike<number>,
): number[] {
  const others = Array.from({ length: classes }, (_, j) => j).filter((j) => j !== label);
  if (targets === 'all') return others;
  if (targets !== 'runner-up') return [targets.target];
  if (!logits) throw new RangeError('the runner-up is only known with logits');
  return [others.reduce((a, b) => (logits[b] > logits[a] ? b : a))];
}

/** How far outputs are from unsafe: > 0 safe, ≤ 0 a counterexample. max over a conjunction, min over conjunctions. */
export function safetyMargin(unsafe: readonly Conjunction[], outputs: ArrayLike<number>): number {
  const rowMargin = ({ coefficients, bound }: OutputRow): number =>
    coefficients.reduce((sum, c, i) => sum + (c === 0 ? 0 : c * outputs[i]), -bound);
  return Math.min(...unsafe.map((rows) => Math.max(...rows.map(rowMargin))));
}
