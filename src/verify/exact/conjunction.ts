/** @file A conjunction of output rows as the objective of a program. */
import type { OutputRow } from '../specification.ts';
import { columnForm, formInterval, type AffineForm } from './affineForm.ts';
import type { Encoding } from './encode.ts';
import type { LinearProgram } from './program.ts';

/** coefficients·y − bound as a form. */
export function rowForm({ sum, outputs }: Encoding, { coefficients, bound }: OutputRow): AffineForm {
  sum.start(-bound);
  coefficients.forEach((c, i) => sum.add(c, outputs[i]));
  return sum.finish();
}

/**
 * The program that minimises how far the outputs are from unsafe: the greatest row margin, max over rows of
 * coefficients·y − bound. Unsafe points have it ≤ 0. With several rows it is a column t with t ≥ each margin.
 */
export function marginProgram(encoding: Encoding, conjunction: readonly OutputRow[]): LinearProgram {
  const { builder } = encoding;
  const forms = conjunction.map((row) => rowForm(encoding, row));
  if (forms.length === 1) return builder.finish(forms[0]);
  const ends = forms.map((form) => formInterval(form, builder.lower, builder.upper));
  const mark = builder.mark();
  const t = builder.column(Math.max(...ends.map((e) => e.lower)), Math.max(...ends.map((e) => e.upper)));
  for (const { index, value, constant, error } of forms)
    builder.row([...index, t], [...value.map((v) => -v), 1], constant - error, Infinity);
  const program = builder.finish(columnForm(t, 0));
  builder.rewind(mark);
  return program;
}
