/** @file ReLU, leaky ReLU and maxima as columns and rows of a program. */
import { columnForm, constantForm, formInterval, type AffineForm, type FormSum } from './affineForm.ts';
import type { ProgramBuilder } from './program.ts';

/** How a kink is encoded: exactly, with a binary column, or by its convex hull. */
export type Piecewise = 'integer' | 'relaxed';

export interface PiecewiseSite {
  readonly builder: ProgramBuilder;
  readonly sum: FormSum;
  readonly nonlinear: Piecewise;
}

interface Ends {
  readonly lower: number;
  readonly upper: number;
}

/** Where the program has what is known of a neuron that is neither stable nor left out: columns and rows by number. */
export type NeuronPlace =
  /** Columns of z and relu(z), the row relu(z) ≥ z, and the binary column, −1 where there is none. */
  | {
      readonly kind: 'relaxed';
      readonly before: number;
      readonly after: number;
      readonly above: number;
      readonly chosen: number;
    }
  /** Split: its column, whose lower end is 0. */
  | { readonly kind: 'active'; readonly before: number }
  /** Split: the row z ≤ 0. */
  | { readonly kind: 'inactive'; readonly row: number };

/** Forms with at most this many terms are substituted where they are used; longer ones get a column. */
const shortForm = 4;

/** A column v with |v − form| ≤ error, bounded; returns its form. */
export function asColumn({ builder }: PiecewiseSite, form: AffineForm, { lower, upper }: Ends): AffineForm {
  const column = builder.column(lower, upper);
  builder.row(
    [...form.index, column],
    [...form.value, -1],
    -form.constant - form.error,
    -form.constant + form.error,
  );
  return columnForm(column, Math.max(Math.abs(lower), Math.abs(upper)));
}

/**
 * max(z, slope·z) of a form with sound bounds.
 * @param side +1: only z ≥ 0 is looked at, −1: only z ≤ 0
 * @param told where the neuron is, if it is not stable
 */
export function reluForm(
  site: PiecewiseSite,
  form: AffineForm,
  bounds: Ends,
  side: number,
  slope: number,
  told: (place: NeuronPlace) => void,
): AffineForm {
  const { builder, sum } = site;
  const { lower, upper } = bounds;
  const active = (): AffineForm =>
    form.index.length <= shortForm ? form : asColumn(site, form, { lower: Math.max(0, lower), upper });
  const inactive = (): AffineForm => {
    if (slope === 0) return constantForm(0);
    sum.start(0);
    sum.add(slope, form);
    return sum.finish();
  };
  if (side > 0) {
    if (lower >= 0) return active();
    const z = asColumn(site, form, { lower: 0, upper: Math.max(0, upper) });
    // A neuron that the root holds inactive meets the side only at 0; the row decides whether it does.
    told({ kind: 'active', before: z.index[0] });
    return z;
  }
  if (side < 0) {
    if (upper > 0) {
      told({ kind: 'inactive', row: builder.mark().rows });
      builder.row(form.index, form.value, -Infinity, -form.constant + form.error);
    }
    return inactive();
  }
  if (lower >= 0) return active();
  if (upper <= 0) return inactive();
  const z = asColumn(site, form, bounds);
  const after = builder.column(0, upper);
  const before = z.index[0];
  const chosen = site.nonlinear === 'integer' ? builder.column(0, 1, true) : -1;
  told({ kind: 'relaxed', before, after, above: builder.mark().rows, chosen });
  builder.row([after, before], [1, -1], 0, Infinity);
  if (site.nonlinear === 'integer') {
    // y ≤ u·δ and y ≤ z − l·(1 − δ): exact for δ ∈ {0, 1} (Tjeng et al. 2019).
    builder.row([after, chosen], [1, -upper], -Infinity, 0);
    builder.row([after, before, chosen], [1, -1, -lower], -Infinity, -lower);
  } else {
    // A line is above relu on [l, u] exactly if it is so at both ends; the computed chord is lifted until it is.
    const chord = upper / (upper - lower);
    const intercept = Math.max(-chord * lower, upper - chord * upper) + (upper - lower) * 2 ** -50;
    builder.row([after, before], [1, -chord], -Infinity, intercept);
  }
  const y = columnForm(after, upper);
  if (slope === 0) return y;
  // max(z, s·z) = s·z + (1 − s)·relu(z).
  sum.start(0);
  sum.add(slope, z);
  sum.add(1 - slope, y);
  return sum.finish();
}

/** The greatest of several forms. */
export function maxForm(site: PiecewiseSite, window: readonly AffineForm[]): AffineForm {
  const { builder } = site;
  const ends = window.map((form) => formInterval(form, builder.lower, builder.upper));
  const lower = Math.max(...ends.map((e) => e.lower));
  const candidates = window
    .map((form, k) => ({ form, ...ends[k] }))
    .filter((candidate) => candidate.upper >= lower);
  const upper = Math.max(...candidates.map((c) => c.upper));
  if (candidates.length === 1) return candidates[0].form;
  const top = builder.column(lower, upper);
  const chosen: number[] = [];
  for (const { form, lower: low } of candidates) {
    const at = [...form.index, top];
    const difference = [...form.value.map((v) => -v), 1];
    builder.row(at, difference, form.constant - form.error, Infinity);
    if (site.nonlinear !== 'integer') continue;
    // top ≤ form + (upper − low)·(1 − δ): binding where δ = 1, idle elsewhere.
    const one = builder.column(0, 1, true);
    const range = (upper - low) * (1 + 2 ** -50);
    const idle = form.constant + form.error + range;
    builder.row(
      [...at, one],
      [...difference, range],
      -Infinity,
      idle + (Math.abs(form.constant) + form.error + range) * 2 ** -50,
    );
    chosen.push(one);
  }
  if (site.nonlinear === 'integer') {
    builder.row(
      chosen,
      chosen.map(() => 1),
      1,
      1,
    );
  } else {
    // max ≤ max lowerₖ + Σ (formₖ − lowerₖ): the greatest exceeds its own lower end by no more than all do together.
    site.sum.start(lower);
    for (const { form, lower: low } of candidates) {
      site.sum.add(1, form);
      site.sum.add(-1, constantForm(low));
    }
    const { index, value, constant, error } = site.sum.finish();
    builder.row([...index, top], [...value.map((v) => -v), 1], -Infinity, constant + error);
  }
  return columnForm(top, Math.max(Math.abs(lower), Math.abs(upper)));
}
