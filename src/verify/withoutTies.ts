/** @file Conditions that exact arithmetic refutes: strict ones that a tie does not meet, and boxes of one point. */
import { exactIntervals, refutedBy } from './exact/exactIntervals.ts';
import type { Tools } from './tools.ts';
import type { Specification } from './specification.ts';

/**
 * The specification without the conjunctions that intervals in exact arithmetic refute. Bounds in f32 carry a slack, so
 * that an output of exactly 0 never shows `y < 0` to be impossible; here it does where nothing was rounded (outputs of
 * dead neurons, constants, points). Asked only where that can matter.
 */
export function withoutTies<S extends Specification>({ prepared }: Pick<Tools, 'prepared'>, spec: S): S {
  const strict = spec.unsafe.some((rows) => rows.some((row) => row.strict));
  const point = spec.lower.every((low, i) => low === spec.upper[i]);
  if (!strict && !point) return spec;
  const ends = exactIntervals(prepared.original, spec);
  if (!ends) return spec;
  const left = spec.unsafe.filter((rows) => !rows.some((row) => refutedBy(row, ends)));
  return left.length === spec.unsafe.length ? spec : { ...spec, unsafe: left };
}
