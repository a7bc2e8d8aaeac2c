/** @file Sparse affine forms of program columns that carry a bound on their own error. */

/** Unit roundoff of f64. */
export const unit64 = 2 ** -53;

/** γₙ = n·u/(1 − n·u): relative error of a sum of n products in f64 (Higham 2002, §3.1). */
export const gamma64 = (n: number): number => (n * unit64) / (1 - n * unit64);

/** Factor that covers the rounding of the error terms themselves: sums of up to 2²⁰ nonnegative terms. */
const outward = 1 + 2 ** -30;

/**
 * A value v of the network as Σ valueⱼ·x[indexⱼ] + constant, with |v − form(x)| ≤ error wherever every column lies
 * within its bounds.
 */
export interface AffineForm {
  /** Columns, ascending. */
  readonly index: Int32Array;
  readonly value: Float64Array;
  readonly constant: number;
  readonly error: number;
  /** At least Σ|valueⱼ|·max|x[indexⱼ]| + |constant|. */
  readonly reach: number;
  /** At least |v|, where more is known than the reach says. */
  readonly size?: number;
}

const noColumns = { index: new Int32Array(0), value: new Float64Array(0) };

/** A known number. */
export const constantForm = (constant: number): AffineForm => ({
  ...noColumns,
  constant,
  error: 0,
  reach: Math.abs(constant),
});

/** One column itself. @param magnitude max|x| within the column's bounds */
export const columnForm = (column: number, magnitude: number): AffineForm => ({
  index: Int32Array.of(column),
  value: Float64Array.of(1),
  constant: 0,
  error: 0,
  reach: magnitude,
});

/** Adds up weighted forms; keeps a dense workspace, so make one and reuse it. */
export interface FormSum {
  /**
   * Starts a new sum at `bias`.
   * @param biasReach sum of absolute values behind a merged bias
   * @param roundings of the value in f32 beside those of its own sum
   */
  readonly start: (bias: number, biasReach?: number, roundings?: number) => void;
  /** @param weightReach sum of absolute values behind a merged weight */
  readonly add: (weight: number, form: AffineForm, weightReach?: number) => void;
  readonly finish: () => AffineForm;
}

/** What a weight or a product loses where it underflows f32. */
const lostSingle = 2 ** -149;

/** Unit roundoff of f32. */
const unitSingle = 2 ** -24;

/**
 * Sums Σ wₖ·eₖ + b with their errors. With ẽₖ the true values, |ẽₖ − eₖ| ≤ errorₖ, and weights that may each be off by
 * ω·|w| + η, the true sum differs from the computed form by at most
 *   Σ(|wₖ|·(1+ω) + η)·errorₖ + (ω + γₙ)·(Σ|wₖ|·reachₖ + |b|) + η·(Σ reachₖ + 1),
 * n the number of summands: every coefficient is a sum of at most n products. η = 2⁻¹⁴⁹ where ω > 0, else 0.
 *
 * Where `inSingle`, ẽ is also any value that f32 may compute for the sum, in any order: n + r roundings of the sum of
 * absolute values Σ|wₖ|·|vₖ| + |b|, r those of layers merged into this one, and η a product.
 * @param weightError ω: relative error of weights and biases against the network meant
 */
export function formSum(weightError: number, inSingle = false): FormSum {
  const lost = weightError > 0 ? lostSingle : 0;
  let sizes = 0;
  let roundings = 0;
  let dense = new Float64Array(256);
  let seen = new Uint8Array(256);
  let touched: number[] = [];
  let constant = 0;
  let error = 0;
  let reach = 0;
  let terms = 0;
  const grow = (needed: number): void => {
    const size = 2 ** Math.ceil(Math.log2(needed + 1));
    const [wider, marks] = [new Float64Array(size), new Uint8Array(size)];
    wider.set(dense);
    marks.set(seen);
    [dense, seen] = [wider, marks];
  };
  return {
    start(bias, biasReach = Math.abs(bias), merged = 0) {
      [constant, error, reach, terms] = [bias, lost, Math.abs(bias), 8];
      [sizes, roundings] = [biasReach, merged];
      touched = [];
    },
    add(weight, form, weightReach = Math.abs(weight)) {
      if (lost > 0) error += lost * (form.reach + form.error);
      if (weight === 0) return;
      const { index, value } = form;
      const last = index.length === 0 ? 0 : index[index.length - 1];
      if (last >= dense.length) grow(last);
      for (let j = 0; j < index.length; j++) {
        const column = index[j];
        if (!seen[column]) {
          seen[column] = 1;
          touched.push(column);
        }
        dense[column] += weight * value[j];
      }
      constant += weight * form.constant;
      error += Math.abs(weight) * form.error;
      reach += Math.abs(weight) * form.reach;
      sizes += weightReach * Math.min(form.reach + form.error, form.size ?? Infinity);
      terms++;
    },
    finish() {
      touched.sort((a, b) => a - b);
      const index = Int32Array.from(touched);
      const value = Float64Array.from(touched, (column) => dense[column]);
      for (const column of touched) dense[column] = seen[column] = 0;
      const own = inSingle
        ? (terms + roundings) * (unitSingle * (1 + 2 ** -6) * sizes + lostSingle) * (1 + terms * unitSingle)
        : 0;
      return {
        index,
        value,
        constant,
        error: (error * (1 + weightError) + (weightError + gamma64(terms)) * reach + own) * outward,
        reach: reach * outward,
      };
    },
  };
}

/** Bounds of a form's true value while columns stay within [lower, upper]. */
export function formInterval(
  { index, value, constant, error, reach }: AffineForm,
  lower: ArrayLike<number>,
  upper: ArrayLike<number>,
): { readonly lower: number; readonly upper: number } {
  let low = constant;
  let high = constant;
  for (let j = 0; j < index.length; j++) {
    const [v, l, u] = [value[j], lower[index[j]], upper[index[j]]];
    low += v > 0 ? v * l : v * u;
    high += v > 0 ? v * u : v * l;
  }
  const slack = (error + gamma64(index.length + 4) * reach) * outward;
  return { lower: low - slack, upper: high + slack };
}
