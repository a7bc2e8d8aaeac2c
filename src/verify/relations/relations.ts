/** @file Linear constraints on inputs: what they leave of a box, and points that meet them. */
import { nextSingle } from '../singleSides.ts';
import type { OutputRow, Specification } from '../specification.ts';
import { clipBox } from '../inputSplit/clip.ts';

/** `coefficients·x − bound` as what clipping takes: unsafe inputs have it ≤ 0. */
export const minorantOf = ({ coefficients, bound }: OutputRow) => ({ coefficients, constant: -bound });

/** The box clipped to what the constraints leave of it one by one; undefined where nothing is left. */
export function clippedToRelations<S extends Specification>(spec: S): S | undefined {
  if (!spec.inputRows?.length) return spec;
  const [lower, upper] = [spec.lower.slice(), spec.upper.slice()];
  return clipBox(spec.inputRows.map(minorantOf), lower, upper) ? { ...spec, lower, upper } : undefined;
}

/** Whether a linear program proves that no input of the box meets all constraints. */
export async function relationsExclude({ lower, upper, inputRows = [] }: Specification): Promise<boolean> {
  const [{ emptiness, highs, solveLinear }, { programBuilder }, { constantForm }] = await Promise.all([
    import('../exact/highs.ts'),
    import('../exact/program.ts'),
    import('../exact/affineForm.ts'),
  ]);
  const builder = programBuilder();
  lower.forEach((low, i) => builder.column(low, upper[i]));
  const all = [...lower.keys()];
  for (const { coefficients, bound } of inputRows) {
    const size = coefficients.reduce(
      (sum, c, i) => sum + Math.abs(c) * Math.max(Math.abs(lower[i]), Math.abs(upper[i])),
      Math.abs(bound),
    );
    // Decimals are rounded to f64.
    builder.row(all, coefficients, -Infinity, bound + size * 2 ** -50);
  }
  const program = builder.finish(constantForm(0));
  const solver = await highs();
  return emptiness(solver, program, solveLinear(solver, program, 10), 10) !== undefined;
}

const valueOf = ({ coefficients, bound }: OutputRow, x: ArrayLike<number>): number =>
  coefficients.reduce((sum, c, i) => (c === 0 ? sum : sum + c * x[i]), -bound);

/** Corrections at most. */
const mostMoves = 200;

/**
 * A point of f32 numbers in the box moved until it meets the constraints, as far as f64 tells: each violated one by the
 * input that can, in turn, since the rounding of one input to f32 may leave what another can make up for.
 */
export function intoRelations(
  rows: readonly OutputRow[],
  point: Float32Array,
  lower: ArrayLike<number>,
  upper: ArrayLike<number>,
): Float32Array {
  const x = point.slice();
  for (let move = 0; move < mostMoves; move++) {
    const row = rows.find((r) => valueOf(r, x) > 0);
    if (!row) return x;
    const excess = valueOf(row, x);
    const room = (i: number): number => {
      const c = row.coefficients[i];
      return c > 0 ? c * (x[i] - lower[i]) : c * (x[i] - upper[i]);
    };
    const able = [...x.keys()].filter((i) => room(i) > 0).sort((a, b) => room(b) - room(a));
    if (able.length === 0) return x;
    const i = able[move % able.length];
    const c = row.coefficients[i];
    const target = Math.min(upper[i], Math.max(lower[i], x[i] - excess / c));
    const near = Math.fround(target);
    // Rounded to the side that meets the constraint, if the box holds it.
    const other = c > 0 ? -nextSingle(-near) : nextSingle(near);
    const meets = c > 0 ? near <= target : near >= target;
    x[i] = meets || other < lower[i] || other > upper[i] ? near : other;
    if (x[i] < lower[i] || x[i] > upper[i]) x[i] = point[i];
  }
  return x;
}
