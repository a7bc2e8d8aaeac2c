/** @file The stages of bounds: intervals, CROWN and α-CROWN of the open conditions. */
import type { Box } from '../bounds/box.ts';
import type { HostBounds } from '../bounds/hostBounds.ts';
import type { BoundMachine } from '../bounds/machine.ts';
import { rootBounds } from '../bounds/rootBounds.ts';
import { crownRows } from '../bounds/rowBounds.ts';
import { soundLower } from '../bounds/sound.ts';
import type { Budget } from './budget.ts';
import type { Findings } from './findings.ts';
import type { Effort, RowSearch } from './rowSearch.ts';
import type { Conjunction } from './specification.ts';
import type { VerifyOptions } from './verifyOptions.ts';

/** min over conjunctions of max over rows. */
export const worstOf = (
  unsafe: readonly Conjunction[],
  bound: (row: Conjunction[number]) => number,
): number => Math.min(...unsafe.map((rows) => Math.max(...rows.map(bound))));

/** Lower bound of coefficients·y − bound over an interval, less what its f64 sum may err by. */
export function intervalMargin(
  { coefficients, bound }: Conjunction[number],
  { lower, upper }: { lower: Float32Array; upper: Float32Array },
): number {
  let total = -bound;
  let reach = Math.abs(bound);
  let terms = 1;
  coefficients.forEach((c, i) => {
    if (c === 0) return;
    const term = c * (c > 0 ? lower[i] : upper[i]);
    total += term;
    reach += Math.abs(term);
    terms++;
  });
  return soundLower(total, (terms + 2) * 2 ** -52 * reach + terms * Number.MIN_VALUE);
}

/**
 * Intermediate bounds (CROWN's, or α on top of `known` ones), then all rows at once.
 * @returns the bounds, and the conjunctions that no row closes
 */
export async function crownStage(
  machine: BoundMachine,
  unsafe: readonly Conjunction[],
  box: Box,
  budget: Budget,
  findings: Findings,
  { relaxation, sharedAlpha, forward, recorder }: VerifyOptions,
  alphaIterations: number,
  known?: HostBounds,
): Promise<{ root: HostBounds; open: Conjunction[] }> {
  recorder?.bounds(machine.net);
  const root = await rootBounds(machine, box, {
    checkpoint: budget.check,
    alphaIterations,
    slope: relaxation,
    sharedAlpha,
    forward,
    record: recorder?.neuron,
    ...(known && { known }),
  });
  findings.unstableRatio = unstableRatios(root);
  const rows = unsafe.flat();
  const outputs = rows[0].coefficients.length;
  const flat = new Float32Array(rows.length * outputs);
  rows.forEach(({ coefficients }, i) => flat.set(coefficients, i * outputs));
  const { lower, rounding } = await crownRows(machine, box, root, flat, rows.length, relaxation);
  const bounds = new Map(rows.map((row, i) => [row, soundLower(lower[i], rounding[i], row.bound)]));
  findings.lowerBound = Math.max(
    findings.lowerBound,
    worstOf(unsafe, (row) => bounds.get(row)!),
  );
  return {
    root,
    open: unsafe.filter((conjunction) => !conjunction.some((row) => bounds.get(row)! > 0)),
  };
}

/** A conjunction's best row, and its place there. */
export interface AlphaOutcome {
  readonly conjunction: Conjunction;
  readonly part: number;
  readonly lower: number;
  readonly alpha: readonly Uint8Array[];
  readonly seen: readonly Float32Array[];
}

/** α-CROWN on the rows that are still open; each conjunction keeps its best row. */
export async function alphaStage(
  search: RowSearch,
  open: readonly Conjunction[],
  effort: Effort,
  budget: Budget,
): Promise<AlphaOutcome[]> {
  const tasks = open.flatMap((conjunction) => conjunction.map((row) => ({ row, splits: [] })));
  const outcomes = await search.bound(tasks, effort, (_, lower) => lower > 0, budget.check);
  let at = 0;
  return open.map((conjunction) => {
    const mine = outcomes.slice(at, (at += conjunction.length));
    const best = mine.reduce((a, b) => (b.lower > a.lower ? b : a));
    return { conjunction, part: mine.indexOf(best), lower: best.lower, alpha: best.alpha, seen: best.seen };
  });
}

function unstableRatios(root: HostBounds): Record<string, number> {
  return Object.fromEntries(
    Object.entries(root).map(([name, { lower, upper }]) => {
      let unstable = 0;
      for (let i = 0; i < lower.length; i++) if (lower[i] < 0 && upper[i] > 0) unstable++;
      return [name, lower.length === 0 ? 0 : unstable / lower.length];
    }),
  );
}
