/** @file The one place where a computed bound becomes a number that may be claimed. */

/**
 * A bound less what rounding may have cost it, −Infinity where any part of it is not finite: such a bound proves
 * nothing. All claims (a row closed, a neuron stable, a property proved) compare what this gives.
 * @param against subtracted: the row's own bound
 */
export function soundLower(lower: number, rounding: number, against = 0): number {
  const bound = lower - rounding - against;
  return Number.isFinite(lower) && Number.isFinite(rounding) && rounding >= 0 && Number.isFinite(bound)
    ? bound
    : -Infinity;
}
