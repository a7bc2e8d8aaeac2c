/** @file Bisection for a certified radius: what is known of an image, and the radius that is asked about next. */

/** Where a radius is looked for. */
export interface RadiusEnds {
  /** Below it nothing is asked: an image that is not robust there ends the search. */
  readonly from: number;
  /** Above it nothing is asked. */
  readonly to: number;
  /** Where both bounds are no further apart the search ends. */
  readonly tolerance: number;
}

/** How far a question goes: cheap bounds and a cheap attack, or as far as the command allows. */
export type RadiusDepth = 'bounds' | 'deepest';

/** One question, in raw pixel units of the norm. */
export interface RadiusQuestion {
  readonly epsilon: number;
  readonly depth: RadiusDepth;
}

/** A question with what was found; whatever the order, steps say the same. */
export interface RadiusStep extends RadiusQuestion {
  readonly found: 'verified' | 'falsified' | 'open';
  /** Distance of the counterexample: at most `epsilon`. */
  readonly distance?: number;
}

/** What steps prove. */
export interface RadiusBracket {
  /** The largest radius proved, 0 without one. */
  readonly lower: number;
  /** The distance of the nearest counterexample; Infinity without one. */
  readonly upper: number;
}

/** A proof counts for all smaller radii, a counterexample for all larger ones. */
export function bracketOf(steps: readonly RadiusStep[]): RadiusBracket {
  let [lower, upper] = [0, Infinity];
  for (const { epsilon, found, distance = epsilon } of steps) {
    if (found === 'verified') lower = Math.max(lower, epsilon);
    if (found === 'falsified') upper = Math.min(upper, distance);
  }
  return { lower, upper };
}

/** Cheap questions end where what they could tell is such a share of the radius. */
const cheapShare = 1 / 16;

/**
 * The next question, or nothing where bounds are within the tolerance, or no question is left that could bring them
 * nearer. First the far end, whose counterexample, drawn to the image, is an upper bound already; then, by bounds and the
 * cheap attack alone, how far each of both reaches, so that no search is begun where it has no prospect; then bisection in
 * full. What stays open parts the bracket in two: proofs are looked for below the least open radius, counterexamples
 * above the largest.
 */
export function nextQuestion(
  steps: readonly RadiusStep[],
  { from, to, tolerance }: RadiusEnds,
): RadiusQuestion | undefined {
  const { lower, upper } = bracketOf(steps);
  const asked = (epsilon: number, depth: RadiusDepth): boolean =>
    steps.some((step) => step.epsilon === epsilon && (step.depth === depth || step.depth === 'deepest'));
  if (lower >= to) return undefined;
  if (upper > to && !asked(to, 'bounds')) return { epsilon: to, depth: 'bounds' };
  if (lower < from) {
    if (upper <= from || asked(from, 'deepest')) return undefined;
    return { epsilon: from, depth: 'deepest' };
  }
  const top = Math.min(upper, to);
  if (upper <= to && top - lower <= tolerance) return undefined;
  const open = (depth: RadiusDepth): number[] =>
    steps.filter((s) => s.found === 'open' && s.depth === depth).map(({ epsilon }) => epsilon);
  const within = (depth: RadiusDepth, least: number, most: number): RadiusQuestion | undefined => {
    const epsilon = least + (most - least) / 2;
    return most - least > tolerance && epsilon > least && epsilon < most ? { epsilon, depth } : undefined;
  };
  // Bounds that are too loose at a radius are so at larger ones; an attack that fails there fails at smaller ones.
  const cheap = open('bounds').filter((epsilon) => epsilon < to);
  const hard = open('deepest').filter((epsilon) => epsilon > lower && epsilon < upper);
  const coarse = Math.max(tolerance, cheapShare * top);
  for (const [least, most] of [
    [lower, Math.min(top, ...cheap)],
    [Math.max(lower, ...cheap), top],
  ])
    if (hard.length === 0 && most - least > coarse) return within('bounds', least, most);
  const below = within('deepest', lower, Math.min(top, ...hard));
  if (below) return below;
  if (upper > to) return asked(to, 'deepest') ? undefined : { epsilon: to, depth: 'deepest' };
  return within('deepest', Math.max(lower, ...hard), top);
}
