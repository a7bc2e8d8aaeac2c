/** @file The line below an unstable ReLU before any optimisation, by name. */

/**
 * Its slope (auto_LiRPA's names): `adaptive` 1 if u ≥ −l else 0 (CROWN, least area), `same-slope` u/(u−l), `zero-lb` 0,
 * `one-lb` 1.
 */
export type LowerSlope = 'adaptive' | 'same-slope' | 'zero-lb' | 'one-lb';

export const lowerSlopes: readonly LowerSlope[] = ['adaptive', 'same-slope', 'zero-lb', 'one-lb'];

/** The slope on l < 0 < u, on the host. */
export const lowerSlopeOf: Readonly<Record<LowerSlope, (lower: number, upper: number) => number>> = {
  adaptive: (lower, upper) => (upper + lower >= 0 ? 1 : 0),
  'same-slope': (lower, upper) => upper / (upper - lower),
  'zero-lb': () => 0,
  'one-lb': () => 1,
};
