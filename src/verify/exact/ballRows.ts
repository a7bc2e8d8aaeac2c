/** @file An l1 ball of inputs as rows of a program, exactly; an l2 ball by tangents of its squares, from outside. */
import { ballOf } from '../../bounds/ball.ts';
import type { Box } from '../../bounds/box.ts';
import type { ProgramBuilder } from './program.ts';

/** Covers the rounding of a row's right side, a few f64 operations. */
const slack = 2 ** -50;

/**
 * Adds rows that every input of the ball fulfils; inputs without a column (no width) are left out, which only widens.
 *
 * l1: t ≥ (x − c)/r, t ≥ −(x − c)/r, Σt ≤ 1: just the ball.
 * l2: q ≥ u² for u = (x − c)/r through tangents q ≥ 2û·u − û² at points û, Σq ≤ 1. One q an input: tangents of the
 * squares cut far more than those of their sum (Vielma, Dunning, Huchette & Lubin 2017, Extended formulations in
 * mixed integer conic quadratic programming, §2).
 * @param columns of the inputs, −1 for none
 * @param tangents points x at which an l2 ball has tangents, beside those for a start
 */
export function addBallRows(
  builder: ProgramBuilder,
  box: Box,
  columns: Int32Array,
  tangents: readonly ArrayLike<number>[] = [],
): void {
  const ball = ballOf(box);
  if (!ball) return;
  const { norm, center, radius } = ball;
  const parts: number[] = [];
  const typical = 1 / Math.sqrt(columns.length);
  columns.forEach((x, i) => {
    if (x < 0) return;
    const [c, r] = [center[i], radius[i]];
    const part = builder.column(0, 1);
    parts.push(part);
    if (norm === 1) {
      for (const side of [1, -1])
        builder.row([part, x], [r, -side], -side * c - Math.abs(c) * slack, Infinity);
      return;
    }
    /** q ≥ k·(x − c) − (k·r/2)² holds for any k: it is the tangent at û = k·r/2. */
    const tangent = (k: number): void => {
      const height = ((k * r) / 2) ** 2;
      const side = -k * c - height;
      builder.row([part, x], [1, -k], side - (Math.abs(k * c) + height) * slack, Infinity);
    };
    for (const u of [typical, -typical, 3 * typical, -3 * typical]) tangent((2 * u) / r);
    for (const point of tangents) {
      const u = (point[i] - c) / r;
      if (Math.abs(u) > 1e-4 * typical) tangent((2 * u) / r);
    }
  });
  if (parts.length > 0)
    builder.row(
      parts,
      parts.map(() => 1),
      -Infinity,
      1,
    );
}
