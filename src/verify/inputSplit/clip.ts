/** @file Clipping: cutting off the parts of a box where a linear bound alone shows a row to be safe. */

/** row(x) ≥ coefficients·x + constant for all x of the box; unsafe only where the row is ≤ 0. */
export interface LinearMinorant {
  readonly coefficients: ArrayLike<number>;
  readonly constant: number;
}

/** Rounds over the rows: each cut may allow another. */
const rounds = 3;

/** Share of a sum's terms by which a cut stays outside of what f64 arithmetic finds: each addition may round alike. */
const slack = (terms: number): number => 1e-12 + terms * 2 ** -52;

/**
 * Shrinks [lower, upper] in place to a box that still holds every point where all rows can be ≤ 0:
 * aₑ·xₑ ≤ −constant − Σ over the other inputs of min a·x.
 * @returns false where no such point is left
 */
export function clipBox(rows: readonly LinearMinorant[], lower: Float64Array, upper: Float64Array): boolean {
  for (let round = 0; round < rounds; round++) {
    let cut = false;
    for (const { coefficients, constant } of rows) {
      let least = constant;
      let scale = Math.abs(constant);
      for (let i = 0; i < lower.length; i++) {
        const a = coefficients[i];
        const term = a > 0 ? a * lower[i] : a * upper[i];
        least += term;
        scale += Math.abs(term);
      }
      const tolerance = slack(lower.length) * scale;
      if (least > tolerance) return false;
      // Each input's own term may rise by −least.
      const room = tolerance - least;
      for (let i = 0; i < lower.length; i++) {
        const a = coefficients[i];
        const width = upper[i] - lower[i];
        if (!(Math.abs(a) * width > room * 1.0001)) continue;
        cut ||= Math.abs(a) * width > room * 1.1;
        if (a > 0) upper[i] = lower[i] + room / a;
        else lower[i] = upper[i] + room / a;
        // `least` keeps its value: the end that attains it stays.
      }
    }
    if (!cut) break;
  }
  return true;
}
